// What ends a net, and what joins maps: concatenation, pooling, a small dense layer, the greedy decision.
#include "net.h"
#include "simd.h"

// Up to four maps of bytes side by side; the k-th is enlarged 2^(shrink digit k) times, each value repeated.
void concat(const Operation *op) {
    const int32_t sources[4] = {op->input, op->second, op->third, op->fourth};
    const Tensor *out = tensors + op->output;
    int deep = padded(specs[op->output].channels), first = 0;
    for (int k = 0; k < 4 && sources[k] >= 0; ++k) {
        int s = sources[k], shrink = op->shrink >> (4 * k) & 15, channels = specs[s].channels;
        uint8_t table[256];
        for (int value = 0; value < 256; ++value) {
            float exact = (value - specs[s].zero) * specs[s].scale / specs[op->output].scale + specs[op->output].zero;
            table[value] = exact < 0 ? 0 : exact > header->most ? header->most : (uint8_t)(exact + 0.5f);
        }
        for (int n = 0; n < out->n; ++n)
            for (int y = 0; y < out->h; ++y) {
                const uint8_t *from = tensors[s].data + n * image_bytes(s) + (y >> shrink) * row_bytes(s);
                uint8_t *to = out->data + n * image_bytes(op->output) + y * row_bytes(op->output) + first;
                for (int x = 0; x < out->w; x += 1 << shrink, from += padded(channels)) {
                    uint8_t *start = to + (size_t)x * deep;
                    for (int c = 0; c < channels; ++c) start[c] = table[from[c]];
                    for (int again = 1; again < 1 << shrink && x + again < out->w; ++again)
                        __builtin_memcpy(start + (size_t)again * deep, start, channels);
                }
            }
        first += channels;
    }
    fill_margin(op->output);
}

static float lanes(v128_t v) {
    return wasm_f32x4_extract_lane(v, 0) + wasm_f32x4_extract_lane(v, 1) + wasm_f32x4_extract_lane(v, 2) +
           wasm_f32x4_extract_lane(v, 3);
}

static float largest(v128_t v) {
    v = wasm_f32x4_pmax(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
    v = wasm_f32x4_pmax(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2));
    return wasm_f32x4_extract_lane(v, 0);
}

// The best class of each frame and its probability. Rows of logits are N x 1 x T x C, both results T x N.
void greedy(const Operation *op) {
    const Tensor *in = tensors + op->input;
    int classes = specs[op->input].channels, wide = padded(classes), lines = in->n, steps = in->w;
    float *labels = (float *)tensors[op->output].data, *probabilities = (float *)tensors[op->second].data;
    for (int n = 0; n < lines; ++n)
        for (int t = 0; t < steps; ++t) {
            const float *row = (const float *)in->data + ((size_t)n * steps + t) * wide;
            int best = 0, k = 0;
            if (row[0] == CLOSED) {
                labels[(size_t)t * lines + n] = 0, probabilities[(size_t)t * lines + n] = 1;
                continue;
            }
            v128_t top = wasm_f32x4_splat(-__builtin_inff()), total = wasm_f32x4_splat(0);
            for (; k + 4 <= classes; k += 4) top = wasm_f32x4_pmax(top, load4(row + k));
            float most = largest(top);
            for (; k < classes; ++k) most = row[k] > most ? row[k] : most;
            while (best < classes - 1 && row[best] != most) ++best;
            top = wasm_f32x4_splat(most);
            for (k = 0; k + 4 <= classes; k += 4)
                total = wasm_f32x4_add(total, exponential(wasm_f32x4_sub(load4(row + k), top)));
            float sum = lanes(total), tail[4];
            wasm_v128_store(tail, exponential(wasm_f32x4_sub(load4(row + (k < classes ? k : 0)), top)));
            for (int j = 0; k + j < classes; ++j) sum += tail[j];
            labels[(size_t)t * lines + n] = (float)best;
            probabilities[(size_t)t * lines + n] = 1 / sum;
        }
}

// Bytes to a row of floats for each image: the mean of all pixels, or of the columns' largest values.
void pool(const Operation *op) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output;
    const TensorSpec *spec = specs + op->input;
    int deep = padded(spec->channels), largest = op->activation, wide = padded(specs[op->output].channels);
    for (int n = 0; n < in->n; ++n)
        for (int c = 0; c < spec->channels; ++c) {
            int total = 0;
            for (int x = 0; x < in->w; ++x) {
                int top = 0;
                for (int y = 0; y < in->h; ++y) {
                    int value = in->data[n * image_bytes(op->input) + y * row_bytes(op->input) + (size_t)x * deep + c];
                    if (largest) top = value > top ? value : top;
                    else total += value;
                }
                total += top;
            }
            float count = (float)in->w * (largest ? 1 : in->h);
            ((float *)out->data)[(size_t)n * wide + c] = (total / count - spec->zero) * spec->scale;
        }
}

// A small dense layer of floats.
void linear(const Operation *op) {
    const Tensor *in = tensors + op->input, *out = tensors + op->output;
    int length = specs[op->input].channels, deep = padded(length), units = op->units;
    const float *weights = floats(op->weights), *bias = floats(op->factors);
    for (int n = 0; n < in->n; ++n)
        for (int k = 0; k < units; ++k) {
            float sum = bias[k];
            for (int c = 0; c < length; ++c)
                sum += weights[(size_t)k * length + c] * ((const float *)in->data)[(size_t)n * deep + c];
            ((float *)out->data)[(size_t)n * units + k] = sum;
        }
}
