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

/** A long line at the share of its width that the net was trained for. */
function condensed(line: Grey, { recognize }: Pipeline): Grey {
  return line.width > 2 * line.height && recognize.condensed < 1 ? resized(line, recognize.condensed * line.width, line.height) : line;
}

export async function recognise(
  page: Grey, box: Box, pipeline: Pipeline, charset: readonly string[], nets: ReadingNets,
): Promise<ReadLine> {
  const said = pipeline.models.recognizer.metadata;
  const ends = pipeline.crop.margin_at_ends * box.height;
  const shown = grown(box, ends, ends, pipeline.crop.margin_above_and_below * box.height);
  const line = condensed(crop(page, shown, said.height), pipeline);
  const { data, width } = netInput(line, pipeline.recognize.buckets, pipeline.recognize.inverted_below, said);
  const { classes, probabilities, frames } = await nets.lines(data, 1, said.height, width);
  const used = Math.max(1, Math.ceil((line.width * frames) / width));
  const weights = said.calibration ?? [0, 0, 0, 0];
  return { reading: decode(classes.subarray(0, used), probabilities.subarray(0, used), charset, weights, pipeline.spelling), shown };
}
