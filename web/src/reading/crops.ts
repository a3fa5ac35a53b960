/** Boxes cut at wide gaps, and cut out of the page as upright pictures of lines. */

import { type Grey, type Point, mean, roundEven } from "../pixels/image";
import { columnsWith, counted, looked } from "../pixels/native";
import { resized } from "../pixels/resize";
import { warpGrey } from "../pixels/warp";
import { type Box, cornersOf, grown } from "./boxes";

/** In line heights: the gap that parts a line, the margin at its ends, its least width. */
const GUTTER = 2;
const AIR = 0.06;
const LEAST = 0.6;
/** Least width of the picture of a line. */
const NARROWEST = 8;

/** The upright picture of a box, ``height`` pixels high; large type is averaged over areas, so that thin strokes remain. */
export function crop(page: Grey, box: Box, height: number): Grey {
  const width = Math.max(NARROWEST, roundEven((height * box.width) / box.height));
  const w = Math.max(width, roundEven(box.width));
  const h = Math.max(height, roundEven(box.height));
  // From pixels of the crop to pixels of the page; a pixel's value belongs to its centre.
  const [a, b, c] = cornersOf(box).map(([x, y]): Point => [Math.fround(x - 0.5), Math.fround(y - 0.5)]);
  const [ux, uy] = [(b[0] - a[0]) / w, (b[1] - a[1]) / w];
  const [vx, vy] = [(c[0] - b[0]) / h, (c[1] - b[1]) / h];
  const back = [ux, vx, a[0] + 0.5 * (ux + vx), uy, vy, a[1] + 0.5 * (uy + vy), 0, 0, 1];
  return resized(warpGrey(page, back, w, h), width, height);
}

/** Percentiles with linear interpolation; the shares ascend. */
export function percentiles(data: Uint8Array, shares: readonly number[]): number[] {
  const counts = counted(data);
  let [value, upTo] = [0, counts[0]];
  const sorted = (place: number): number => {
    while (upTo <= place) upTo += counts[++value];
    return value;
  };
  return shares.map((share) => {
    const place = (share / 100) * (data.length - 1);
    const low = Math.floor(place);
    const first = sorted(low);
    let next = first;
    if (low + 1 < data.length && upTo <= low + 1) for (next++; !counts[next]; ) next++;
    return first + (next - first) * (place - low);
  });
}

/** A box cut at gaps that are wider than a gutter, without the blank at its ends; none if it has no contrast. */
export function partsWithInk(page: Grey, box: Box): Box[] {
  const strip = crop(page, box, Math.max(4, roundEven(box.height)));
  const [least, dark, paper, light, most] = percentiles(strip.data, [0, 2, 50, 98, 100]);
  if (most - least < 16) return [];
  const middle = (dark + light) / 2;
  const scale = box.width / strip.width;
  const air = box.height / 16;
  const runs: number[][] = [];
  let previous = -Infinity;
  const [lowest, highest] = paper > middle ? [0, Math.ceil(middle) - 1] : [Math.floor(middle) + 1, 255];
  const inked = columnsWith(strip.data, strip.width, strip.height, lowest, highest);
  for (let x = 0; x < inked.length; x++) {
    if (!inked[x]) continue;
    if ((x - previous) * scale > GUTTER * box.height) runs.push([]);
    runs[runs.length - 1].push(x);
    previous = x;
  }
  return runs.map((run) => {
    const first = Math.max(0, run[0] * scale - air);
    const last = Math.min(box.width, (run[run.length - 1] + 1) * scale + air);
    const extra = Math.max(AIR * box.height, (LEAST * box.height - (last - first)) / 2);
    return grown(box, extra - first, extra + last - box.width);
  });
}

/** Input of the net for a line: dark on light, with white up to the next of the widths, normalised. */
export function netInput(
  line: Grey, widths: readonly number[], invertedBelow: number, { mean: level, std }: { readonly mean: number; readonly std: number },
): { readonly data: Float32Array; readonly width: number } {
  const width = widths.find((one) => one >= line.width) ?? Math.ceil(line.width / 8) * 8;
  const inverted = mean(line) < invertedBelow;
  const table = Float32Array.from({ length: 256 }, (_, value) => ((inverted ? 255 - value : value) / 255 - level) / std);
  return { data: looked(line.data, line.width, line.height, table, width, line.height, (1 - level) / std), width };
}
