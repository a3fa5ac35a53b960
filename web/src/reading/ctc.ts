/** Greedy CTC decoding, with the place of each character in the line and the probability that the line is right. */

import { median } from "../pixels/image";
import type { Spelling } from "./pipeline";

export interface Glyph {
  readonly text: string;
  /** Start and end, as shares of the line's picture. */
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

export interface Reading {
  readonly glyphs: readonly Glyph[];
  readonly text: string;
  readonly confidence: number;
  /** Frames of the letter or digit that has most of them. */
  readonly longest: number;
}

const LETTER = /^[\p{L}\p{N}]$/u;
const NARROW = new Set("iljtfrI1.,:;!|'’‘`()[] ");
const WIDE = new Set("mwMW—%@");

function isHan(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (code >= 0x2e80 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || code >= 0x20000;
}

/** Approximate width of a character, relative to a lower-case letter. */
function share(character: string): number {
  if (isHan(character)) return 2;
  if (NARROW.has(character)) return 0.75;
  if (WIDE.has(character)) return 1.3;
  return character !== character.toLowerCase() && character === character.toUpperCase() ? 1.15 : 1;
}

interface Spelled {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

/**
 * Where each character starts and ends, in frames. CTC outputs a character near its middle, for a frame or two; half the
 * line's pitch is added on both sides, never past the middle of a gap.
 */
function extents(spelled: readonly Spelled[], frames: number): [number, number][] {
  const n = spelled.length;
  const middle = spelled.map((s) => (s.start + s.end) / 2);
  const width = spelled.map((s) => share(s.text));
  const gaps = middle.slice(1).map((m, k) => m - middle[k]);
  const solid = gaps.map((_, k) => spelled[k].text !== " " && spelled[k + 1].text !== " ");
  const steps = gaps.map((gap, k) => gap / ((width[k] + width[k + 1]) / 2)).filter((_, k) => solid[k]);
  const pitch = Math.min(steps.length ? median(steps) : 3.5, 12);
  const half = width.map((w) => (pitch * w) / 2);
  const start = middle.map((m, k) => m - half[k]);
  const end = middle.map((m, k) => m + half[k]);
  for (let k = 0; k + 1 < n; k++) {
    const edge = middle[k] + (gaps[k] * width[k]) / (width[k] + width[k + 1]);
    if (end[k] > edge || (solid[k] && gaps[k] < 4 * half[k])) end[k] = edge;
  }
  for (let k = 1; k < n; k++) start[k] = Math.max(start[k], end[k - 1]);
  const clip = (value: number): number => Math.min(Math.max(value, 0), frames);
  return spelled.map((s, k) => [clip(Math.min(start[k], s.start)), clip(Math.max(end[k], s.end))]);
}

/** Letters of the same shape, by each of them; computed once for a spelling. */
const alike = new WeakMap<Spelling, Map<string, Readonly<Record<string, string>>>>();

function groupsOf(spelling: Spelling): Map<string, Readonly<Record<string, string>>> {
  let groups = alike.get(spelling);
  if (!groups) {
    groups = new Map(spelling.look_alikes.flatMap((group) => Object.values(group).map((letter) => [letter, group] as const)));
    alike.set(spelling, groups);
  }
  return groups;
}

/** The script of most letters that look like no other script's; empty where there are none. */
function scriptOf(letters: readonly string[], spelling: Spelling): string {
  const votes = new Map<string, number>();
  for (const letter of letters)
    for (const [script, own] of Object.entries(spelling.letters)) if (own.includes(letter)) votes.set(script, (votes.get(script) ?? 0) + 1);
  let best = "";
  for (const [script, count] of votes) if (count > (votes.get(best) ?? 0)) best = script;
  return best;
}

/** The letters with each word spelled in one script: its own, or else that of the line. */
export function inOneScript(letters: readonly string[], spelling: Spelling): string[] {
  const groups = groupsOf(spelling);
  const line = scriptOf(letters, spelling) || spelling.script;
  const found: string[] = [];
  for (let start = 0, k = 0; k <= letters.length; k++) {
    if (k < letters.length && letters[k] !== " ") continue;
    const word = letters.slice(start, k);
    const script = scriptOf(word, spelling) || line;
    found.push(...word.map((letter) => groups.get(letter)?.[script] ?? letter), ...letters.slice(k, k + 1));
    start = k + 1;
  }
  return found;
}

/**
 * The characters of one line.
 *
 * @param classes most likely class of each frame; 0 is the blank.
 * @param probabilities of these classes.
 * @param charset the character of each class from 1 on.
 * @param weights of the calibration: constant, doubt of the path, least confidence, inverse length.
 * @param spelling spells each word in one script.
 */
export function decode(
  classes: ArrayLike<number>, probabilities: ArrayLike<number>, charset: readonly string[], weights: readonly number[],
  spelling: Spelling,
): Reading {
  const spelled: Spelled[] = [];
  let doubt = 0;
  for (let t = 0; t < classes.length; t++) {
    doubt -= Math.log(Math.max(probabilities[t], 1e-6));
    const same = t > 0 && classes[t] === classes[t - 1];
    if (!classes[t]) continue;
    if (same) {
      const last = spelled[spelled.length - 1];
      spelled[spelled.length - 1] = { ...last, end: t + 1, confidence: Math.max(last.confidence, probabilities[t]) };
    } else spelled.push({ text: charset[classes[t] - 1], start: t, end: t + 1, confidence: probabilities[t] });
  }
  if (!spelled.length) return { glyphs: [], text: "", confidence: 0, longest: 0 };
  const least = Math.min(...spelled.map((s) => s.confidence));
  const odds = weights[0] + weights[1] * Math.log1p(doubt) + weights[2] * least + weights[3] / spelled.length;
  const frames = classes.length;
  const letters = inOneScript(spelled.map((s) => s.text), spelling);
  const shown = spelled.map((s, k) => ({ ...s, text: letters[k] }));
  const glyphs = extents(shown, frames).map(([a, b], k) => ({
    text: letters[k],
    start: a / frames,
    end: b / frames,
    confidence: spelled[k].confidence,
  }));
  const longest = Math.max(0, ...spelled.filter((s) => LETTER.test(s.text)).map((s) => s.end - s.start));
  return { glyphs, text: letters.join(""), confidence: 1 / (1 + Math.exp(-Math.max(-30, Math.min(30, odds)))), longest };
}
