/** Finds the lines of a page: its type size decides the scale, the net marks kernels, kernels become boxes. */

import { type Grey, quantile, roundEven } from "../pixels/image";
import { resized } from "../pixels/resize";
import { type Box, boxesFromMap, weightedMedian, widthOf } from "./boxes";
import { partsWithInk } from "./crops";
import { type Pipeline, type ReadingNets, detectorSettings } from "./pipeline";
import { typeSize } from "./typeSize";

/** A map is right if its lines are so many pixels high in the working picture. */
const [LOWEST, HIGHEST] = [13, 36];

export async function detect(page: Grey, pipeline: Pipeline, nets: ReadingNets): Promise<Box[]> {
  const rules = pipeline.detect;
  const settings = detectorSettings(pipeline);
  const size = typeSize(page);
  const area = page.width * page.height;
  const lowest = Math.min(1, rules.longest_side_at_least / Math.max(page.width, page.height));
  const close = Math.min(rules.enlarged_to_line_height / size.usual, Math.sqrt(rules.enlarged_to_pixels / area));
  const most = Math.min(rules.scale_at_most, Math.sqrt(rules.pixels_at_most / area));
  const wanted = Math.max(settings.line_height / size.usual, settings.smallest / size.small, lowest, close);
  const scale = Math.min(most, wanted);
  let boxes = await boxesAt(page, scale, pipeline, nets);
  let usual = weightedMedian(boxes.map((box) => box.height), boxes.map(widthOf));
  if (boxes.length && !(usual * scale >= LOWEST && usual * scale <= HIGHEST)) {
    boxes = await boxesAt(page, Math.min(most, Math.max(settings.line_height / usual, lowest)), pipeline, nets);
    usual = weightedMedian(boxes.map((box) => box.height), boxes.map(widthOf));
  }
  return boxes
    .filter((box) => {
      const limit = widthOf(box) >= 1.3 * box.height ? settings.certain : settings.certain_alone;
      return box.score > limit && box.height > 0.4 * usual;
    })
    .flatMap((box) => partsWithInk(page, box));
}

async function boxesAt(page: Grey, scale: number, pipeline: Pipeline, nets: ReadingNets): Promise<Box[]> {
  const { stride, multiple } = pipeline.detect;
  const width = Math.max(1, roundEven(page.width * scale));
  const height = Math.max(1, roundEven(page.height * scale));
  const work = resized(page, width, height);
  const w = Math.ceil(width / multiple) * multiple;
  const h = Math.ceil(height / multiple) * multiple;
  const map = await nets.map(normalised(work, w, h, pipeline.models.detector.metadata), w, h);
  const [columns, rows] = [Math.ceil(width / stride), Math.ceil(height / stride)];
  const inner = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++) inner.set(map.subarray((y * w) / stride, (y * w) / stride + columns), y * columns);
  const back = (stride * page.width) / width;
  return boxesFromMap(inner, columns, rows, detectorSettings(pipeline)).map((box) => ({
    corners: box.corners.map(([x, y]) => [x * back, y * back] as const),
    score: box.score,
    height: box.height * back,
  }));
}

/** The picture padded with the tone of its paper, and normalised. */
function normalised(work: Grey, w: number, h: number, { mean, std }: { mean: number; std: number }): Float32Array {
  const histogram = new Uint32Array(256);
  const [dy, dx] = [Math.max(1, work.height >> 6), Math.max(1, work.width >> 6)];
  for (let y = 0; y < work.height; y += dy)
    for (let x = 0; x < work.width; x += dx) histogram[work.data[y * work.width + x]]++;
  const out = new Float32Array(w * h).fill((quantile(histogram, 0.5) / 255 - mean) / std);
  for (let y = 0; y < work.height; y++)
    for (let x = 0; x < work.width; x++) out[y * w + x] = (work.data[y * work.width + x] / 255 - mean) / std;
  return out;
}
