/** What ``pipeline.json`` of an export says: the models and the constants of the pipeline. */

import type { DetectorSettings } from "./boxes";

export interface ModelEntry {
  readonly file: string;
  readonly bytes: number;
  readonly metadata: {
    readonly name: string;
    readonly height: number;
    readonly mean: number;
    readonly std: number;
    readonly settings: Record<string, unknown>;
    readonly calibration?: readonly number[];
  };
}

export type Role = "detector" | "recognizer" | "orientation" | "corners" | "corners-refine" | "whiten" | "mrz";

export interface Pipeline {
  readonly lang: string;
  readonly charset: string;
  readonly models: Partial<Record<Role, ModelEntry>> & Record<"detector" | "recognizer", ModelEntry>;
  readonly detect: {
    readonly stride: number;
    readonly multiple: number;
    readonly scale_at_most: number;
    readonly pixels_at_most: number;
    readonly longest_side_at_least: number;
    readonly line_height: number;
    readonly enlarged_to_line_height: number;
    readonly enlarged_to_pixels: number;
  };
  readonly crop: { readonly margin_at_ends: number; readonly margin_above_and_below: number };
  readonly recognize: {
    readonly padding: number;
    readonly inverted_below: number;
    readonly buckets: readonly number[];
    /** Share of their width at which lines longer than two heights are shown. */
    readonly condensed: number;
    /** Condensed lines with fewer frames for a character, or with a letter that lasts so many, are shown again, wider. */
    readonly crowded: { readonly frames: number; readonly lasts: number; readonly widened: number };
  };
  readonly spelling: Spelling;
}

/** What spells each word in one script. */
export interface Spelling {
  /** Of a line whose letters all look alike in several scripts. */
  readonly script: string;
  /** Letters that look like no letter of another script, by script. */
  readonly letters: Readonly<Record<string, string>>;
  /** Letters that look the same, by script. */
  readonly look_alikes: readonly Readonly<Record<string, string>>[];
}

export function detectorSettings(pipeline: Pipeline): DetectorSettings {
  return pipeline.models.detector.metadata.settings as unknown as DetectorSettings;
}

/** The characters of ``charset.txt``: one a line, the first of them a space. */
export function charsetOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** The nets that reading needs, whatever runs them. */
export interface ReadingNets {
  /** A grey picture, normalised, to probabilities at every fourth pixel. */
  map(input: Float32Array, width: number, height: number): Promise<Float32Array>;
  /** Lines (N, 1, height, width), normalised, to (T, N) most likely classes and their probabilities. */
  lines(input: Float32Array, count: number, height: number, width: number): Promise<Frames>;
  /** How many calls of ``lines`` may wait at once. */
  lanes(): Promise<number>;
  /** Lines (N, 1, 32, 256) in -1..1 to the log odds of each being upside down, where there is such a net. */
  upsideDown?(input: Float32Array, count: number): Promise<Float32Array>;
}

export interface Frames {
  readonly classes: Int32Array;
  readonly probabilities: Float32Array;
  /** T. */
  readonly frames: number;
}
