/** Lines that run another way than their page: from their other end, up or down. */

import type { Grey } from "../pixels/image";
import { upsideDownOdds } from "../scanning/orient";
import { type Box, cornersOf } from "./boxes";
import type { BoxLine } from "./numbers";
import type { ReadingNets } from "./pipeline";
import type { ReadLine } from "./recogniser";

/** Least length, in heights, of a line that is read from its other end. */
const LENGTH = 2.5;
/** Confidence below which it is: of steep lines, and of the others. */
const [STEEP_BELOW, FLAT_BELOW] = [0.9, 0.25];
/** By how much a line has to be read more surely another way to be turned, or how much less likely an error has to be. */
const [SURER, ODDS] = [0.2, 4];
/** Confidence below which a steep line was not read: a rule or a pattern may be one, or a line that cannot be read. */
const LEGIBLE = 0.25;

/** Whether a line runs up or down rather than along its page. */
export function isSteep({ along: [x, y] }: Box): boolean {
  return Math.abs(y) > Math.abs(x);
}

/** Whether a steep line was read so badly that what was read is none. */
export function isIllegible({ box, reading }: BoxLine): boolean {
  return isSteep(box) && reading.confidence < LEGIBLE;
}

/** The lines, those read from their other end that are surer so; where the net that tells is there, it leaves out what looks upright. */
export async function turnedAbout(
  page: Grey, lines: readonly BoxLine[], nets: ReadingNets, read: (box: Box) => Promise<ReadLine>,
): Promise<BoxLine[]> {
  const doubtful = lines.filter(mayBeTurned);
  if (!doubtful.length) return [...lines];
  const odds = nets.upsideDown ? await upsideDownOdds(page, doubtful.map(({ box }) => box), (input, count) => nets.upsideDown!(input, count)) : [];
  const found = new Map<BoxLine, BoxLine>();
  for (const [k, line] of doubtful.entries()) {
    if (nets.upsideDown && odds[k] <= 0) continue;
    const box = about(line.box);
    const again = { ...(await read(box)), box };
    if (isSurer(again.reading.confidence, line.reading.confidence)) found.set(line, again);
  }
  return lines.map((line) => found.get(line) ?? line);
}

function mayBeTurned({ box, reading }: BoxLine): boolean {
  return box.width > LENGTH * box.height && reading.confidence < (isSteep(box) ? STEEP_BELOW : FLAT_BELOW);
}

function isSurer(sure: number, was: number): boolean {
  return sure > was + SURER || (sure > was && 1 - was > ODDS * (1 - sure));
}

/** The box of the same line, read from its other end. */
function about(box: Box): Box {
  const [, right, below] = cornersOf(box);
  return { ...box, start: [(right[0] + below[0]) / 2, (right[1] + below[1]) / 2], along: [-box.along[0], -box.along[1]] };
}
