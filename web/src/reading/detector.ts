/** Finds the lines of a page: its type size decides the scale, the net marks kernels, kernels become boxes. */

import { type Grey, quantile } from "../pixels/image";
import { counted, looked } from "../pixels/native";
import { resized } from "../pixels/resize";
import { type Box, boxesFromMap, enlarged, hullOf } from "./boxes";
import { partsWithInk } from "./crops";
import { toTheEnds } from "./ends";
import { secondLook } from "./leftover";
import { withLoneToken } from "./lone";
import { look } from "./look";
import { type Pipeline, type ReadingNets, detectorSettings } from "./pipeline";

/** Working heights of a typical line beyond which the estimate of the size of type was wrong. */
const [LOWEST, HIGHEST] = [13, 36];
/** Working height of large type that the net does not see as a whole, and that it is shown at. */
const [TOO_LARGE, LARGE] = [120, 36];
/** Large type is so many times higher than the usual one, and so surely found; lines as sure as this inside it, at most. */
const [LARGER, SURE, GOOD, MOST_GOOD] = [4, 0.7, 0.7, 1];

/** Boxes of the lines of a page in its pixels. */
export async function detect(page: Grey, pipeline: Pipeline, nets: ReadingNets): Promise<readonly Box[]> {
  const rules = pipeline.detect;
  const at = (picture: Grey, scale: number): Promise<Box[]> => detectAt(picture, scale, pipeline, nets);
  const seen = look(page);
  const area = page.width * page.height;
  const close = Math.min(rules.enlarged_to_line_height / seen.typical, Math.sqrt(rules.enlarged_to_pixels / area));
  const most = Math.min(rules.scale_at_most, Math.sqrt(rules.pixels_at_most / area));
  const least = Math.min(1, rules.longest_side_at_least / Math.max(page.width, page.height));
  const { smallest } = detectorSettings(pipeline);
  let scale = Math.min(most, Math.max(rules.line_height / seen.typical, smallest / seen.small, least, close));
  let boxes = await at(page, scale);
  const found = typicalHeight(boxes) * scale;
  if (found > 0 && (found < LOWEST || found > HIGHEST)) {
    const better = Math.min(most, Math.max((scale * rules.line_height) / found, least));
    if (better !== scale) boxes = await at(page, (scale = better));
  }
  if (seen.large * scale > TOO_LARGE) boxes = merged(boxes, await at(page, LARGE / seen.large));
  boxes = toTheEnds(boxes, seen.words);
  return withLoneToken(page, [...boxes, ...(await secondLook(page, seen.words, boxes, at, rules.line_height))]);
}

/** Boxes of the lines of a picture in its pixels, as they are found at a scale. */
async function detectAt(page: Grey, scale: number, pipeline: Pipeline, nets: ReadingNets): Promise<Box[]> {
  const rules = pipeline.detect;
  const work = resized(page, page.width * scale, page.height * scale);
  const [w, h] = [work.width, work.height].map((side) => Math.ceil(side / rules.multiple) * rules.multiple);
  const map = await nets.map(normalised(work, w, h, pipeline.models.detector.metadata), w, h);
  const [columns, rows] = [Math.ceil(work.width / rules.stride), Math.ceil(work.height / rules.stride)];
  const inner = new Float32Array(columns * rows);
  const stride = w / rules.stride;
  for (let y = 0; y < rows; y++) inner.set(map.subarray(y * stride, y * stride + columns), y * columns);
  const back = (rules.stride * page.width) / work.width;
  return boxesFromMap(inner, columns, rows, detectorSettings(pipeline)).flatMap((box) => partsWithInk(page, enlarged(box, back)));
}

/** Median height of boxes, each as often as it is wide; 0 without any. */
function typicalHeight(boxes: readonly Box[]): number {
  const sorted = [...boxes].sort((a, b) => a.height - b.height);
  const half = sorted.reduce((sum, { width }) => sum + width, 0) / 2;
  let upTo = 0;
  return sorted.find(({ width }) => (upTo += width) >= half)?.height ?? 0;
}

/** Boxes of a fine scale, except where those of a coarse one show very large type, and no picture or paragraph. */
function merged(fine: readonly Box[], coarse: readonly Box[]): Box[] {
  const usual = typicalHeight(fine);
  let boxes = [...fine];
  for (const large of coarse) {
    const [left, top, right, bottom] = hullOf(large);
    const isInside = (box: Box): boolean => {
      const [l, t, r, b] = hullOf(box);
      return l + r >= 2 * left && l + r <= 2 * right && t + b >= 2 * top && t + b <= 2 * bottom;
    };
    const good = boxes.filter((box) => box.score > GOOD && isInside(box)).length;
    if (large.height > LARGER * usual && large.score > SURE && good <= MOST_GOOD) boxes = [...boxes.filter((box) => !isInside(box)), large];
  }
  return boxes;
}

/** The picture padded with the tone of its paper, and normalised. */
function normalised(work: Grey, w: number, h: number, { mean, std }: { readonly mean: number; readonly std: number }): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / std);
  return looked(work.data, work.width, work.height, table, w, h, table[quantile(counted(work.data), 0.5)]);
}
