/** Reads the line of a box. */

import type { Grey } from "../pixels/image";
import { resized } from "../pixels/resize";
import { type Box, grown } from "./boxes";
import { crop, netInput } from "./crops";
import { type Reading, decode } from "./ctc";
import type { Pipeline, ReadingNets } from "./pipeline";

export interface ReadLine {
  readonly reading: Reading;
  /** The box with the margins that the net saw. */
  readonly shown: Box;
}

/** The share of its width at which a line is shown first. */
function shareOf(line: Grey, { recognize }: Pipeline): number {
  return line.width > 2 * line.height ? recognize.condensed : 1;
}

/** Whether the letters of a condensed line may stand so close that two equal ones were read as one. */
function crowded(reading: Reading, frames: number, { recognize }: Pipeline): boolean {
  const { frames: least, lasts } = recognize.crowded;
  return recognize.condensed < 1 && (reading.longest >= lasts || frames < least * reading.glyphs.length);
}

export async function recognise(
  page: Grey, box: Box, pipeline: Pipeline, charset: readonly string[], nets: ReadingNets,
): Promise<ReadLine> {
  const said = pipeline.models.recognizer.metadata;
  const ends = pipeline.crop.margin_at_ends * box.height;
  const shown = grown(box, ends, ends, pipeline.crop.margin_above_and_below * box.height);
  const whole = crop(page, shown, said.height);
  const weights = said.calibration ?? [0, 0, 0, 0];
  const seen = async (share: number): Promise<{ readonly reading: Reading; readonly used: number }> => {
    const line = resized(whole, whole.width * share, whole.height);
    const { data, width } = netInput(line, pipeline.recognize.buckets, pipeline.recognize.inverted_below, said);
    const { classes, probabilities, frames } = await nets.lines(data, 1, said.height, width);
    const used = Math.max(1, Math.ceil((line.width * frames) / width));
    return { reading: decode(classes.subarray(0, used), probabilities.subarray(0, used), charset, weights, pipeline.spelling), used };
  };
  const { reading, used } = await seen(shareOf(whole, pipeline));
  if (!crowded(reading, used, pipeline)) return { reading, shown };
  return { reading: (await seen(pipeline.recognize.crowded.widened)).reading, shown };
}
