/** Greedy CTC decoding, with the place of each character in the line and the probability that the line is right. */

import { median } from "../pixels/image";

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
}

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

/** Cyrillic and Greek letters, and the Latin ones that look the same. */
const FOREIGN = "АВЕКМНОРСТХУІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο";
const LATIN = "ABEKMHOPCTXYIJSaeopcyxijsABEZHIKMNOPTYXo";

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

/** The characters with words of Latin letters and letters that only look like such spelled in Latin ones. */
function inOneScript(spelled: readonly Spelled[]): Spelled[] {
  const found = [...spelled];
  for (let start = 0, k = 0; k <= found.length; k++) {
    if (k < found.length && found[k].text !== " ") continue;
    const word = found.slice(start, k).map((one) => one.text);
    const foreign = word.filter((letter) => /[\u0370-\u04ff]/.test(letter));
    if (foreign.length && word.some((letter) => /[A-Za-z]/.test(letter)) && foreign.every((letter) => FOREIGN.includes(letter)))
      for (let i = start; i < k; i++) {
        const at = FOREIGN.indexOf(found[i].text);
        if (at >= 0) found[i] = { ...found[i], text: LATIN[at] };
      }
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
 */
export function decode(
  classes: ArrayLike<number>, probabilities: ArrayLike<number>, charset: readonly string[], weights: readonly number[],
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
  if (!spelled.length) return { glyphs: [], text: "", confidence: 0 };
  const least = Math.min(...spelled.map((s) => s.confidence));
  const odds = weights[0] + weights[1] * Math.log1p(doubt) + weights[2] * least + weights[3] / spelled.length;
  const frames = classes.length;
  const letters = inOneScript(spelled);
  const glyphs = extents(spelled, frames).map(([a, b], k) => ({
    text: letters[k].text,
    start: a / frames,
    end: b / frames,
    confidence: spelled[k].confidence,
  }));
  const text = letters.map((s) => s.text).join("");
  return { glyphs, text, confidence: 1 / (1 + Math.exp(-Math.max(-30, Math.min(30, odds)))) };
}
