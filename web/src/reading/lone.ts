/** A token that is all of a picture, as in a field that was cut out of a form: the detector misses a part of it, or all. */

import type { Grey } from "../pixels/image";
import { type Box, hullOf } from "./boxes";
import type { Reading } from "./ctc";
import type { Hull } from "./look";
import { type Mark, inkOfPage, marksOf } from "./marks";

/** Pictures with more lines, or with more marks of ink, hold more than a token. */
const [MOST_LINES, MOST_MARKS] = [2, 10];
/** Least difference of tone between ink and ground. */
const CONTRAST = 50;
/** Marks with less of the ink than this are specks. */
const SPECK = 0.01;
/** Least height of a token in pixels, and greatest length in its heights; the margin around it in heights. */
const [LOWEST, LONGEST, MARGIN] = [8, 8, 0.15];
/** Least height of the tallest mark in heights of the token (two lines are none), and how far marks may hang or rise. */
const [TALLEST, RAISED] = [0.55, 0.2];
/** Least area in common of a line that was found and of the token, as a share of both, for it to be the same. */
const ALIKE = 0.5;
/** A mark that fills more of its box than this is a blot, unless the box is narrower or flatter than this: a stroke. */
const [SOLID, SLIM] = [0.7, 0.4];
/** Strokes that are more slender are rules or scratches. */
const SLIMMEST = 0.06;

/** The lines of a picture; where its only ink is a few marks in a row, these are a line, whatever part of them was found. */
export function withLoneToken(page: Grey, boxes: readonly Box[]): readonly Box[] {
  if (boxes.length > MOST_LINES) return boxes;
  const large = largeMarks(page);
  const token = large.length ? tokenOf(large, page.width, page.height) : null;
  if (!token) return boxes;
  const hulls = boxes.filter((box) => !box.leftover).map(hullOf);
  const middles = large.map(({ left, top, right, bottom }) => [(left + right) / 2, (top + bottom) / 2] as const);
  const whole = middles.every(([x, y]) => hulls.some(([left, top, right, bottom]) => x > left && x < right && y > top && y < bottom));
  if (whole && hulls.some((hull) => common(hull, token) > ALIKE)) return boxes;
  const [left, top, right, bottom] = token;
  return [{ start: [left, (top + bottom) / 2], along: [1, 0], width: right - left, height: bottom - top, score: 1, guessed: true }];
}

/** Characters that are one stroke or a ring, which nobody can tell apart, and the least confidence of them and of others. */
const [AMBIGUOUS, LIKELY, LIKELIER] = [new Set("Il1|!0Oo"), 0.1, 0.25];

/** Whether a few marks in a row, read so, are a word or a number and not a scribble. */
export function isToken({ text, confidence }: Reading): boolean {
  const least = [...text].every((character) => AMBIGUOUS.has(character)) ? LIKELY : LIKELIER;
  return /[\p{L}\p{N}]/u.test(text) && confidence >= least;
}

/** Area that two boxes have in common, as a share of what they cover together. */
function common(a: Hull, b: Hull): number {
  const area = (hull: Hull): number => Math.max(0, hull[2] - hull[0]) * Math.max(0, hull[3] - hull[1]);
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
}

/** Marks of ink without specks; none where they are many or faint. */
function largeMarks(page: Grey): Mark[] {
  const { ink, contrast } = inkOfPage(page);
  if (contrast < CONTRAST) return [];
  const found = marksOf(page, ink);
  if (found.length > 4 * MOST_MARKS) return [];
  const all = found.reduce((sum, { area }) => sum + area, 0);
  const large = found.filter(({ area }) => area > SPECK * all);
  return large.length > MOST_MARKS ? [] : large;
}

/** The line that marks in a row are, with its margin; null if they are none. */
function tokenOf(large: readonly Mark[], width: number, height: number): Hull | null {
  const wide = large.map(({ left, right }) => right - left);
  const tall = large.map(({ top, bottom }) => bottom - top);
  const slim = wide.map((w, k) => Math.min(w, tall[k]) / Math.max(w, tall[k]));
  const tallest = Math.max(...tall);
  const first = tall.indexOf(tallest);
  const blot = large.some(({ area }, k) => area > SOLID * wide[k] * tall[k] && slim[k] > SLIM && tall[k] > TALLEST * tallest);
  if (blot || slim[first] < SLIMMEST) return null;
  const [left, top] = [Math.min(...large.map((mark) => mark.left)), Math.min(...large.map((mark) => mark.top))];
  const [right, bottom] = [Math.max(...large.map((mark) => mark.right)), Math.max(...large.map((mark) => mark.bottom))];
  const size = bottom - top;
  const framed = left > 0 && top > 0 && right < width && bottom < height;
  if (!(framed && size >= LOWEST && right - left < LONGEST * size && tallest >= TALLEST * size)) return null;
  const [upper, lower] = [large[first].top - RAISED * size, large[first].bottom + RAISED * size];
  if (large.some((mark) => mark.bottom < upper || mark.top > lower)) return null;
  const room = MARGIN * size;
  return [Math.max(0, left - room), Math.max(0, top - room), right + room, bottom + room];
}
