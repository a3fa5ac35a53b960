// Reads pictures of single lines with a folder of `ocr export --target ort` in the app's assets. Not built by the tests.
package org.example.ocr

import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtSession
import android.content.res.AssetManager
import android.graphics.Bitmap
import android.graphics.Color
import java.nio.FloatBuffer
import kotlin.math.max
import kotlin.math.roundToInt
import org.json.JSONObject

/** What was read: the text, and the least probability of any of its frames that is not blank. */
data class Reading(val text: String, val certainty: Float)

class LineReader(assets: AssetManager, folder: String = "ocr-ort") : AutoCloseable {
    private val said = JSONObject(assets.open("$folder/pipeline.json").bufferedReader().readText())
    private val model = said.getJSONObject("models").getJSONObject("recognizer")
    private val recognize = said.getJSONObject("recognize")
    private val charset = assets.open("$folder/${said.getString("charset")}").bufferedReader().readText().split("\n")
    private val environment = OrtEnvironment.getEnvironment()
    private val session = environment.createSession(
        assets.open("$folder/${model.getString("file")}").readBytes(), OrtSession.SessionOptions())

    /** Reads an upright picture of one line. */
    fun read(line: Bitmap): Reading {
        val metadata = model.getJSONObject("metadata")
        val height = metadata.getInt("height")
        val used = max(8, (line.width.toFloat() * height / line.height).roundToInt())
        val width = bucket(used)
        val grey = grey(Bitmap.createScaledBitmap(line, used, height, true))
        val inverted = grey.average() < recognize.getDouble("inverted_below")
        val mean = metadata.getDouble("mean").toFloat()
        val std = metadata.getDouble("std").toFloat()
        val input = FloatBuffer.allocate(height * width)
        for (y in 0 until height) for (x in 0 until width) {
            val value = if (x >= used) 255 else if (inverted) 255 - grey[y * used + x] else grey[y * used + x]
            input.put((value / 255f - mean) / std)
        }
        input.rewind()
        val shape = longArrayOf(1, 1, height.toLong(), width.toLong())
        OnnxTensor.createTensor(environment, input, shape).use { tensor ->
            val feed = mapOf(model.getJSONArray("inputs").getString(0) to tensor)
            session.run(feed, setOf("classes", "probabilities")).use { result ->
                @Suppress("UNCHECKED_CAST") val classes = result["classes"].get().value as Array<LongArray>
                @Suppress("UNCHECKED_CAST") val sure = result["probabilities"].get().value as Array<FloatArray>
                val frames = max(1, (used * classes.size + width - 1) / width)
                return decode(LongArray(frames) { classes[it][0] }, FloatArray(frames) { sure[it][0] })
            }
        }
    }

    /** Greedy CTC: repeats merged, blanks dropped; class n is line n of the charset. */
    private fun decode(classes: LongArray, sure: FloatArray): Reading {
        val text = StringBuilder()
        var least = 1f
        for (t in classes.indices) {
            val label = classes[t].toInt()
            if (label == 0) continue
            least = minOf(least, sure[t])
            if (t == 0 || classes[t - 1] != classes[t]) text.append(charset[label - 1])
        }
        return Reading(text.toString(), least)
    }

    /** The next of the widths that lines are padded to, so that the runtime meets few shapes. */
    private fun bucket(width: Int): Int {
        val widths = recognize.getJSONArray("buckets")
        return (0 until widths.length()).map { widths.getInt(it) }.firstOrNull { it >= width } ?: (width + 7) / 8 * 8
    }

    private fun grey(bitmap: Bitmap): IntArray {
        val pixels = IntArray(bitmap.width * bitmap.height)
        bitmap.getPixels(pixels, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
        return IntArray(pixels.size) {
            (299 * Color.red(pixels[it]) + 587 * Color.green(pixels[it]) + 114 * Color.blue(pixels[it]) + 500) / 1000
        }
    }

    override fun close() = session.close()
}
