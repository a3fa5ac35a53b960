/** Boxes cut at wide gaps, given margins, and cut out of the page as upright pictures of lines. */

import { type Grey, type Point, mean, roundEven } from "../pixels/image";
import { resizeArea, resizeLinear } from "../pixels/resize";
import { warpGrey } from "../pixels/warp";
import { type Box, widthOf } from "./boxes";

/** In line heights: gaps that part a line, margin at the ends of a box, least width of a box. */
const GUTTER = 2.0;
const END_AIR = 0.06;
const LEAST_WIDTH = 0.6;

/** The box with pixels added before and after the text, and above and below it. */
export function moved(box: Box, before: number, after: number, across = 0): Box {
  const [p, q] = box.corners;
  const width = Math.max(widthOf(box), 1e-6);
  const ux = (q[0] - p[0]) / width;
  const uy = (q[1] - p[1]) / width;
  const dx = -uy * across;
  const dy = ux * across;
  const shift: Point[] = [
    [-ux * before - dx, -uy * before - dy],
    [ux * after - dx, uy * after - dy],
    [ux * after + dx, uy * after + dy],
    [-ux * before + dx, -uy * before + dy],
  ];
  const corners = box.corners.map(([x, y], k): Point => [x + shift[k][0], y + shift[k][1]]);
  return { corners, score: box.score, height: box.height + 2 * across };
}

/** The upright picture of a box, ``height`` pixels high. */
export function crop(page: Grey, box: Box, height: number): Grey {
  const length = widthOf(box);
  const width = Math.max(8, roundEven((height * length) / Math.max(box.height, 1e-6)));
  const w = Math.max(width, roundEven(length));
  const h = Math.max(height, roundEven(box.height));
  // The map from pixels of the crop to pixels of the page; a pixel's value belongs to its centre.
  const [a, b, c] = box.corners.map(([x, y]): Point => [Math.fround(x - 0.5), Math.fround(y - 0.5)]);
  const ux = (b[0] - a[0]) / w;
  const uy = (b[1] - a[1]) / w;
  const vx = (c[0] - b[0]) / h;
  const vy = (c[1] - b[1]) / h;
  const back = [ux, vx, a[0] + 0.5 * (ux + vx), uy, vy, a[1] + 0.5 * (uy + vy), 0, 0, 1];
  const flat = warpGrey(page, back, w, h);
  return w === width && h === height ? flat : resizeArea(flat, width, height);
}

/** Percentiles with linear interpolation, as numpy's. */
function percentiles(data: Uint8Array, shares: readonly number[]): number[] {
  const sorted = Uint8Array.from(data).sort();
  return shares.map((share) => {
    const place = (share / 100) * (sorted.length - 1);
    const low = Math.floor(place);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
  });
}

/** A box cut at gaps wider than a gutter, without the blank at its ends; nothing if it has no contrast. */
export function partsWithInk(page: Grey, box: Box): Box[] {
  const strip = crop(page, box, Math.max(4, roundEven(box.height)));
  const [dark, paper, light] = percentiles(strip.data, [2, 50, 98]);
  if (light - dark < 24) {
    let [least, most] = [255, 0];
    for (const value of strip.data) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return most - least >= 16 ? [box] : [];
  }
  const middle = (dark + light) / 2;
  const columns: number[] = [];
  for (let x = 0; x < strip.width; x++) {
    for (let y = 0; y < strip.height; y++) {
      const value = strip.data[y * strip.width + x];
      if (paper > middle ? value < middle : value > middle) {
        columns.push(x);
        break;
      }
    }
  }
  if (!columns.length) return [];
  const length = widthOf(box);
  const scale = length / strip.width;
  const air = box.height / 16;
  const runs: number[][] = [[columns[0]]];
  for (let k = 1; k < columns.length; k++) {
    if ((columns[k] - columns[k - 1]) * scale > GUTTER * box.height) runs.push([]);
    runs[runs.length - 1].push(columns[k]);
  }
  return runs.map((run) => {
    const first = Math.max(0, run[0] * scale - air);
    const last = Math.min(length, (run[run.length - 1] + 1) * scale + air);
    const extra = Math.max(END_AIR * box.height, (LEAST_WIDTH * box.height - (last - first)) / 2);
    return moved(box, extra - first, extra + last - length);
  });
}

/** Left, top, right and bottom of a box. */
export function hull(corners: readonly Point[]): [number, number, number, number] {
  const x = corners.map((p) => p[0]);
  const y = corners.map((p) => p[1]);
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** Boxes with a margin, a share of their height; at the ends at most half the gap to the next box of the row. */
export function withMargins(boxes: readonly Box[], ends: number, rim: number): Box[] {
  const hulls = boxes.map((box) => hull(box.corners));
  return boxes.map((box, k) => {
    const [left, top, right, bottom] = hulls[k];
    let before = ends * box.height;
    let after = before;
    boxes.forEach((other, n) => {
      const [x0, y0, x1, y1] = hulls[n];
      if (n === k || !(Math.min(bottom, y1) - Math.max(top, y0) > 0.3 * Math.min(box.height, other.height))) return;
      if (x1 <= left + box.height) before = Math.min(before, Math.max(0, (left - x1) / 2));
      if (x0 >= right - box.height) after = Math.min(after, Math.max(0, (x0 - right) / 2));
    });
    return moved(box, before, after, rim * box.height);
  });
}

/** A crop as the net takes it: dark on light; for scripts of one height, its rows with ink alone. */
export function linePicture(line: Grey, height: number, invertedBelow: number, tighten: boolean): Grey {
  const light = mean(line) < invertedBelow;
  if (tighten) line = tightened(line, height, light);
  if (!light) return line;
  return { data: line.data.map((value) => 255 - value), width: line.width, height: line.height };
}

function tightened(line: Grey, height: number, light: boolean): Grey {
  let [least, most] = [255, 0];
  for (const value of line.data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const level = (least + most) / 2;
  const rows: number[] = [];
  for (let y = 0; y < line.height; y++) {
    const row = line.data.subarray(y * line.width, (y + 1) * line.width);
    if (row.some((value) => (light ? value > level : value < level))) rows.push(y);
  }
  if (!rows.length) return line;
  const ink = rows[rows.length - 1] + 1 - rows[0];
  if (ink > 0.62 * line.height) return line;
  const room = Math.max(0.08 * ink, (0.35 * line.height - ink) / 2);
  const top = Math.max(0, roundEven(rows[0] - room));
  const bottom = Math.min(line.height, roundEven(rows[rows.length - 1] + 1 + room));
  const part = { data: line.data.subarray(top * line.width, bottom * line.width), width: line.width, height: bottom - top };
  return resizeLinear(part, Math.max(8, roundEven((part.width * height) / part.height)), height);
}
