/** Rows of boxes in reading order: the page is cut at upright gaps between columns, else at its largest level gap. */

import { median } from "../pixels/image";
import { type Box, widthOf } from "./boxes";
import { hull } from "./crops";

export function inOrder(boxes: readonly Box[], which: readonly number[]): number[][] {
  if (!which.length) return [];
  const hulls = new Map(which.map((k) => [k, hull(boxes[k].corners)]));
  const height = median(which.map((k) => boxes[k].height));
  for (const [axis, least] of [[0, height], [1, -0.5 * height]] as const) {
    const low = (k: number): number => hulls.get(k)![axis];
    const high = (k: number): number => hulls.get(k)![axis + 2];
    const order = [...which].sort((a, b) => low(a) - low(b));
    let [reach, widest, at] = [-Infinity, -Infinity, 0];
    for (let k = 0; k + 1 < order.length; k++) {
      reach = Math.max(reach, high(order[k]));
      const gap = low(order[k + 1]) - reach;
      if (gap > widest) [widest, at] = [gap, k + 1];
    }
    if (!at || widest <= least) continue;
    const sides = [order.slice(0, at), order.slice(at)];
    const prose = axis === 1 || sides.every((side) => median(side.map((k) => widthOf(boxes[k]))) > 8 * height);
    if (prose && (axis === 1 || Math.min(sides[0].length, sides[1].length) > 1))
      return sides.flatMap((side) => inOrder(boxes, side));
  }
  return [[...which].sort((a, b) => boxes[a].corners[0][0] - boxes[b].corners[0][0])];
}
