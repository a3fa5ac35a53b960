/** Rows of lines in reading order. */

import { median } from "../pixels/image";
import type { Box } from "./boxes";

/** Least width of a line of prose, in line heights. */
const PROSE = 6;
/** Rows from which on a column need not be twice as wide, and from which on its lines need not be nearly as long as the longest; the shares of that. */
const [SOME, MANY] = [5, 8];
const [FULL, FULLER] = [0.7, 0.85];

interface Placed<T> {
  readonly item: T;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly height: number;
}

/** Rows from top to bottom. The largest part that a gutter divides into columns of prose is read column by column. */
export function inRows<T>(items: readonly T[], boxOf: (item: T) => Box): T[][] {
  const placed = items.map((item): Placed<T> => {
    const { start, along, width, height } = boxOf(item);
    const [x, y] = [start[0] + (along[0] * width) / 2, start[1] + (along[1] * width) / 2];
    return { item, x, y, width, left: x - width / 2, right: x + width / 2, height };
  });
  return rowsOf(placed).map((row) => row.map((one) => one.item));
}

function rowsOf<T>(unsorted: readonly Placed<T>[]): Placed<T>[][] {
  const lines = [...unsorted].sort((a, b) => a.y - b.y);
  const height = lines.length ? median(lines.map((line) => line.height)) : 0;
  const parts = columns(lines, height);
  if (parts) return parts.flatMap((part) => rowsOf(part));
  const rows: Placed<T>[][] = [];
  lines.forEach((line, k) => {
    if (k === 0 || line.y - lines[k - 1].y > 0.4 * height) rows.push([]);
    rows[rows.length - 1].push(line);
  });
  return rows.map((row) => row.sort((a, b) => a.x - b.x));
}

/** Whether parts are columns of prose, and no letterheads, labels or cells: where there are few rows, they are long and full. */
function areColumns(sides: readonly (readonly { readonly y: number; readonly width: number }[])[], height: number): boolean {
  const rows = Math.min(...sides.map((side) => side.filter((line, k) => k === 0 || line.y - side[k - 1].y > height / 2).length));
  const [long, full] = rows < SOME ? [2 * PROSE, FULLER] : [PROSE, rows < MANY ? FULL : 0];
  return rows > 2 && sides.every((side) => {
    const widths = side.map((line) => line.width);
    return median(widths) > Math.max(long * height, full * Math.max(...widths));
  });
}

/** What is above two columns, the columns, and what is below them; null if there are none. */
function columns<T>(lines: readonly Placed<T>[], height: number): Placed<T>[][] | null {
  let best: Placed<T>[][] | null = null;
  for (const { right } of lines) {
    const gutter = right + height / 2;
    const across = lines.flatMap((line, k) => (line.left < gutter && line.right > gutter ? [k] : []));
    const ends = [-1, ...across, lines.length];
    for (let k = 0; k + 1 < ends.length; k++) {
      const [from, to] = [ends[k] + 1, ends[k + 1]];
      const part = lines.slice(from, to);
      const a = part.filter((line) => line.right <= gutter);
      const b = part.filter((line) => line.left >= gutter);
      if (!a.length || !b.length) continue;
      const [top, end] = [Math.max(a[0].y, b[0].y), Math.min(a[a.length - 1].y, b[b.length - 1].y)];
      // A heading or an address above or below what stands beside the other side says nothing about columns.
      const sides = [a, b].map((side) => side.filter(({ y }) => y > top - height / 2 && y < end + height / 2));
      if (!areColumns(sides, height)) continue;
      if (part.length > (best ? best[1].length + best[2].length : 0)) best = [lines.slice(0, from), a, b, lines.slice(to)];
    }
  }
  return best;
}
