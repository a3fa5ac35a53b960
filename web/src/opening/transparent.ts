/** Transparent pictures, put on the ground that shows their content: white, unless nearly all of it would vanish there. */

/** Share of the contrast on black below which a picture is not put on white; as in ``ocr.source.decode``. */
const FAINT = 0.3;

/** Makes RGBA pixels opaque. */
export function onGround(data: Uint8ClampedArray, width: number): void {
  let clear = false;
  for (let k = 3; k < data.length && !clear; k += 4) clear = data[k] < 255;
  if (!clear) return;
  const ground = contrast(data, width, 255) >= FAINT * contrast(data, width, 0) ? 255 : 0;
  for (let k = 0; k < data.length; k += 4) {
    const alpha = data[k + 3] / 255;
    for (let c = k; c < k + 3; c++) data[c] = ground + (data[c] - ground) * alpha;
    data[k + 3] = 255;
  }
}

/** Sum of the differences between neighbouring pixels on a ground. */
function contrast(data: Uint8ClampedArray, width: number, ground: number): number {
  let sum = 0;
  const above = new Float32Array(width);
  for (let k = 0, left = 0; k < data.length / 4; k++) {
    const column = k % width;
    const grey = 0.299 * data[4 * k] + 0.587 * data[4 * k + 1] + 0.114 * data[4 * k + 2];
    const shown = ground + (grey - ground) * (data[4 * k + 3] / 255);
    if (column) sum += Math.abs(shown - left);
    if (k >= width) sum += Math.abs(shown - above[column]);
    left = above[column] = shown;
  }
  return sum;
}
