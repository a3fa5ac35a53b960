/** Medians of the surroundings of each pixel. */

import type { Grey } from "./image";

/** Median of the square window around each pixel; the border is repeated. */
export function medianBlur(image: Grey, side: number): Grey {
  const { data, width, height } = image;
  const radius = side >> 1;
  const out = new Uint8Array(data.length);
  const half = (side * side) >> 1;
  const histogram = new Int32Array(256);
  const column = (x: number): number => Math.min(Math.max(x, 0), width - 1);
  for (let y = 0; y < height; y++) {
    histogram.fill(0);
    const rows = Array.from({ length: side }, (_, k) => Math.min(Math.max(y + k - radius, 0), height - 1) * width);
    for (let k = -radius; k <= radius; k++) for (const row of rows) histogram[data[row + column(k)]]++;
    let [below, value] = [0, 0]; // how many of the window are less than the value
    for (let x = 0; x < width; x++) {
      while (below > half) below -= histogram[--value];
      while (below + histogram[value] <= half) below += histogram[value++];
      out[y * width + x] = value;
      const [left, right] = [column(x - radius), column(x + radius + 1)];
      for (let k = 0; k < rows.length; k++) {
        const [gone, come] = [data[rows[k] + left], data[rows[k] + right]];
        histogram[gone]--;
        histogram[come]++;
        if (gone < value) below--;
        if (come < value) below++;
      }
    }
  }
  return { data: out, width, height };
}
