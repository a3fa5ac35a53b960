/** Reads the line of a box. */

import type { Grey } from "../pixels/image";
import { type Box, grown } from "./boxes";
import { crop, netInput } from "./crops";
import { type Reading, decode } from "./ctc";
import type { Pipeline, ReadingNets } from "./pipeline";

export interface ReadLine {
  readonly reading: Reading;
  /** The box with the margins that the net saw. */
  readonly shown: Box;
}

export async function recognise(
  page: Grey, box: Box, pipeline: Pipeline, charset: readonly string[], nets: ReadingNets,
): Promise<ReadLine> {
  const said = pipeline.models.recognizer.metadata;
  const ends = pipeline.crop.margin_at_ends * box.height;
  const shown = grown(box, ends, ends, pipeline.crop.margin_above_and_below * box.height);
  const line = crop(page, shown, said.height);
  const { data, width } = netInput(line, pipeline.recognize.buckets, pipeline.recognize.inverted_below, said);
  const { classes, probabilities, frames } = await nets.lines(data, 1, said.height, width);
  const used = Math.max(1, Math.ceil((line.width * frames) / width));
  const weights = said.calibration ?? [0, 0, 0, 0];
  return { reading: decode(classes.subarray(0, used), probabilities.subarray(0, used), charset, weights), shown };
}
