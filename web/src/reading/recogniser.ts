/** Reads pictures of lines in batches of one width, padded to one of the pipeline's buckets. */

import type { Grey } from "../pixels/image";
import { type Reading, decode } from "./ctc";
import type { Pipeline, ReadingNets } from "./pipeline";

const BATCH = 8;

/** The width that lines are padded to, and the indexes of lines that are read together. */
export function inBatches(widths: readonly number[], buckets: readonly number[], size = BATCH): [number, number[]][] {
  const batches: [number, number[]][] = [];
  const order = widths.map((_, k) => k).sort((a, b) => widths[a] - widths[b]);
  for (const k of order) {
    const width = buckets.find((bucket) => bucket >= widths[k]) ?? Math.ceil(widths[k] / 8) * 8;
    const last = batches[batches.length - 1];
    if (last && last[0] === width && last[1].length < size) last[1].push(k);
    else batches.push([width, [k]]);
  }
  return batches;
}

/** One reading for each picture; ``done`` hears the share of them that is read. */
export async function recognise(
  pictures: readonly Grey[], pipeline: Pipeline, charset: readonly string[], nets: ReadingNets,
  done?: (share: number) => void,
): Promise<Reading[]> {
  const { height, mean, std, calibration } = pipeline.models.recognizer.metadata;
  const blank = (pipeline.recognize.padding / 255 - mean) / std;
  const readings = new Array<Reading>(pictures.length);
  let finished = 0;
  for (const [width, which] of inBatches(pictures.map((picture) => picture.width), pipeline.recognize.buckets)) {
    const batch = new Float32Array(which.length * height * width).fill(blank);
    which.forEach((k, n) => {
      const picture = pictures[k];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < picture.width; x++)
          batch[(n * height + y) * width + x] = (picture.data[y * picture.width + x] / 255 - mean) / std;
    });
    const { classes, probabilities, frames } = await nets.lines(batch, which.length, height, width);
    which.forEach((k, n) => {
      const used = Math.max(1, Math.ceil((pictures[k].width * frames) / width));
      const pick = <T>(from: ArrayLike<T>): T[] => Array.from({ length: used }, (_, t) => from[t * which.length + n]);
      readings[k] = decode(pick(classes), pick(probabilities), charset, calibration ?? [0, 0, 0, 0]);
    });
    finished += which.length;
    done?.(finished / pictures.length);
  }
  return readings;
}
