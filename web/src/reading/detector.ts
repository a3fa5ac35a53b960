/** Finds the lines of a page: its type size decides the scale, the net marks kernels, kernels become boxes. */

import { type Grey, quantile } from "../pixels/image";
import { counted, looked } from "../pixels/native";
import { resized } from "../pixels/resize";
import { type Box, boxesFromMap, enlarged } from "./boxes";
import { partsWithInk } from "./crops";
import { withLoneToken } from "./lone";
import { type Pipeline, type ReadingNets, detectorSettings } from "./pipeline";
import { typeSize } from "./typeSize";

/** Boxes of the lines of a page in its pixels. */
export async function detect(page: Grey, pipeline: Pipeline, nets: ReadingNets): Promise<readonly Box[]> {
  const rules = pipeline.detect;
  const settings = detectorSettings(pipeline);
  const typical = typeSize(page);
  const area = page.width * page.height;
  const close = Math.min(rules.enlarged_to_line_height / typical, Math.sqrt(rules.enlarged_to_pixels / area));
  const most = Math.min(rules.scale_at_most, Math.sqrt(rules.pixels_at_most / area));
  const scale = Math.min(most, Math.max(rules.line_height / typical, close));
  const work = resized(page, page.width * scale, page.height * scale);
  const [w, h] = [work.width, work.height].map((side) => Math.ceil(side / rules.multiple) * rules.multiple);
  const map = await nets.map(normalised(work, w, h, pipeline.models.detector.metadata), w, h);
  const [columns, rows] = [Math.ceil(work.width / rules.stride), Math.ceil(work.height / rules.stride)];
  const inner = new Float32Array(columns * rows);
  const stride = w / rules.stride;
  for (let y = 0; y < rows; y++) inner.set(map.subarray(y * stride, y * stride + columns), y * columns);
  const back = (rules.stride * page.width) / work.width;
  const boxes = boxesFromMap(inner, columns, rows, settings).flatMap((box) => partsWithInk(page, enlarged(box, back)));
  return withLoneToken(page, boxes);
}

/** The picture padded with the tone of its paper, and normalised. */
function normalised(work: Grey, w: number, h: number, { mean, std }: { readonly mean: number; readonly std: number }): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / std);
  return looked(work.data, work.width, work.height, table, w, h, table[quantile(counted(work.data), 0.5)]);
}
