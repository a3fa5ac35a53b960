/** Tells pages that are upside down from upright ones by a small net that sees some of their lines. */

import type { Grey } from "../pixels/image";
import { looked } from "../pixels/native";
import type { Box } from "../reading/boxes";
import { crop } from "../reading/crops";

const HEIGHT = 32;
const WIDTH = 256;
const VOTERS = 12;
/** Least length, in heights, of lines that show their orientation. */
const LEAST_LENGTH = 2;

export interface Orientation {
  readonly upsideDown: boolean;
  readonly confidence: number;
}

/** Up to ``VOTERS`` lines from all over the page, preferring those that fill the window. */
function voters(boxes: readonly Box[]): Box[] {
  const long = boxes.filter((box) => box.width >= LEAST_LENGTH * box.height && Math.abs(box.along[0]) > Math.abs(box.along[1]));
  const full = long.filter((box) => box.width >= (box.height * WIDTH) / HEIGHT);
  const chosen =
    full.length >= VOTERS ? full : [...long].sort((a, b) => a.height - a.width - (b.height - b.width)).slice(0, VOTERS);
  const step = Math.max(1, Math.floor(chosen.length / VOTERS));
  return chosen.filter((_, k) => k % step === Math.floor(step / 2)).slice(0, VOTERS);
}

/** Tones to what the net takes. */
const TONES = Float32Array.from({ length: 256 }, (_, value) => value / 127.5 - 1);

/** The middle of a line's picture; a shorter line is repeated. */
function fillWindow(line: Grey, out: Float32Array, at: number): void {
  const { width } = line;
  const tones = looked(line.data, width, HEIGHT, TONES, width, HEIGHT, 0);
  const left = Math.max(0, (width - WIDTH) >> 1);
  for (let y = 0; y < HEIGHT; y++) {
    const row = tones.subarray(y * width + left, (y + 1) * width);
    for (let x = 0; x < WIDTH; x += row.length) out.set(row.subarray(0, WIDTH - x), at + y * WIDTH + x);
  }
}

/**
 * Whether a page whose lines run along its rows is upside down.
 *
 * @param net takes pictures of lines, (N, 1, 32, 256) in -1..1, and gives the log odds of each being upside down.
 */
export async function orientation(
  page: Grey, boxes: readonly Box[], net: (lines: Float32Array, count: number) => Promise<Float32Array>,
): Promise<Orientation> {
  const chosen = voters(boxes);
  if (!chosen.length) return { upsideDown: false, confidence: 0 };
  const logits = await upsideDownOdds(page, chosen, net);
  const vote = logits.reduce((sum, value) => sum + value, 0) / Math.sqrt(logits.length);
  return { upsideDown: vote > 0, confidence: 1 / (1 + Math.exp(-Math.abs(vote))) };
}

/** Log odds of each line of a page being read from its wrong end. */
export async function upsideDownOdds(
  page: Grey, boxes: readonly Box[], net: (lines: Float32Array, count: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const input = new Float32Array(boxes.length * HEIGHT * WIDTH);
  boxes.forEach((box, k) => fillWindow(crop(page, box, HEIGHT), input, k * HEIGHT * WIDTH));
  return net(input, boxes.length);
}

/** Skew of a page in degrees, clockwise: the median of the long lines' angles, weighted by their lengths; 0 without any. */
export function skewOf(boxes: readonly Box[]): number {
  const long = boxes.filter((box) => box.width >= 3 * box.height);
  const angles = long.map((box) => ({ angle: (Math.atan2(box.along[1], box.along[0]) * 180) / Math.PI, weight: box.width }));
  angles.sort((a, b) => a.angle - b.angle);
  const half = angles.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let seen = 0;
  for (const { angle, weight } of angles) {
    seen += weight;
    if (seen >= half) return angle;
  }
  return 0;
}
