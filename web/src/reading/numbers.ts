/**
 * Numbers: with the minus sign before them, which is no text to the detector; without the tick of an axis after them; and a
 * ring or a stroke as a digit where numbers stand in its row or column.
 */

import { type Grey, cut } from "../pixels/image";
import { type Box, cornersOf, grown } from "./boxes";
import { crop, percentiles } from "./crops";
import type { Reading } from "./ctc";
import { darkTones, inkOfLine, marksOf } from "./marks";
import type { ReadLine } from "./recogniser";

export interface BoxLine extends ReadLine {
  readonly box: Box;
}

const MINUS = new Set("-−–—");
/** Greatest confidence of a number before which a stroke is seen, where it is read as a sign, and where it is not. */
const [SEEN, UNREAD] = [0.85, 0.7];
/** Least confidence of a number before which a sign is looked for. */
const LEGIBLE = 0.6;
/** Length of the strip before a number that is looked at, in line heights, and the height in which it is, in pixels. */
const [BEFORE, LOOK] = [1.4, 32];
/** Least and greatest length of a minus sign, its greatest thickness, its greatest distance, and room before it, in line heights. */
const [SHORTEST, LONGEST, THICKEST, GAP, ROOM] = [0.25, 1, 0.27, 0.4, 0.1];
/** Between which parts of the line's height it stands, and the least share of its box that is ink. */
const [UPPER, LOWER, SOLID] = [0.35, 0.75, 0.7];
/** Percentile of the grey levels that is ink, and the least contrast of a thin stroke as a share of that of ink. */
const [INK, PALE] = [2, 0.35];

/** The line of a number with the minus sign before it; null where there is none. */
function withMinus(page: Grey, number: Box): Box | null {
  const seen = crop(page, grown(number, BEFORE * number.height, 0), LOOK);
  const [ink, ground] = percentiles(seen.data, [INK, 50]);
  const found = marksOf(seen, (value) => Math.abs(value - ground) > PALE * Math.abs(ink - ground)).sort((a, b) => a.left - b.left);
  if (found.length < 2) return null;
  const [{ left, top, right, bottom, area }, second] = found;
  const [wide, tall, middle, strip] = [right - left, bottom - top, (top + bottom) / 2, BEFORE * LOOK];
  const flat = left > 0 && wide > SHORTEST * LOOK && wide < LONGEST * LOOK && tall <= THICKEST * LOOK;
  const level = middle > UPPER * LOOK && middle < LOWER * LOOK && area >= SOLID * wide * tall;
  const begins = second.left - strip > -GAP * LOOK && second.left - strip < (LONGEST + GAP) * LOOK;
  const gap = second.left - right;
  if (!(flat && level && left < strip + GAP * LOOK && begins && gap > 0 && gap < GAP * LOOK)) return null;
  return grown(number, (BEFORE - left / LOOK + ROOM) * number.height, 0);
}

/** The number with a minus sign, of its reading with the stroke before it; null where the two differ in their digits. */
export function signed(number: Reading, longer: Reading): Reading | null {
  const text = longer.text.trim();
  if (MINUS.has(text.slice(0, 1)) && text.slice(1).trimStart() === number.text)
    return { ...longer, confidence: Math.max(longer.confidence, Math.min(number.confidence, SEEN)) };
  if (text !== number.text) return null;
  const glyphs = [{ text: "-", start: 0, end: longer.glyphs[0].start, confidence: UNREAD }, ...longer.glyphs];
  return { ...longer, glyphs, text: `-${longer.text}`, confidence: Math.min(number.confidence, UNREAD) };
}

/** What the tick of an axis is read as. */
const TICK = new Set(".,-–—");
/** How far above, below and beside the end of a number is looked at, the least height of a rule, in line heights, and degrees of slope. */
const [AROUND, BESIDE, RULE, SLOPE] = [1, 1, 1.5, 2];

/** Whether a character that begins at a share of an upright line belongs to a rule beside it. */
function isTick(page: Grey, line: Box, start: number): boolean {
  if (Math.abs(angleOf(line)) > SLOPE) return false;
  const [left, top, right, bottom] = hullOf(line);
  const [size, y] = [bottom - top, (top + bottom) / 2];
  const first = Math.max(0, Math.round(left + start * (right - left)));
  const above = Math.max(0, Math.round(top - AROUND * size));
  const wide = Math.min(page.width, Math.round(right + BESIDE * size)) - first;
  const tall = Math.min(page.height, Math.round(bottom + AROUND * size)) - above;
  if (Math.min(wide, tall) < 4) return false;
  const part = cut(page, first, above, wide, tall);
  return marksOf(part, darkTones(part)).some(
    (mark) => mark.bottom - mark.top >= RULE * size && mark.left < right - first && mark.top <= y - above && mark.bottom >= y - above,
  );
}

function withoutTick(page: Grey, { reading, shown }: ReadLine): Reading {
  const glyphs = reading.glyphs;
  const last = glyphs[glyphs.length - 1];
  if (glyphs.length < 2 || !TICK.has(last.text)) return reading;
  const number = reading.text.slice(0, -1).trim();
  if (!(/^\d+$/.test(number) || RINGS.has(number)) || !isTick(page, shown, last.start)) return reading;
  const rest = glyphs.slice(0, glyphs[glyphs.length - 2].text === " " ? -2 : -1);
  return { ...reading, glyphs: rest, text: rest.map(({ text }) => text).join("") };
}

/** What 0 and 1 are read as. */
const [RINGS, STROKES] = [new Set("0OoÔÖQΘ©"), new Set("1Il")];
/** What stands beside them. */
const NUMBER = /^[-−–+]?[$€£]?\d[\d.,:]*%?$/;
/** Least confidence of a number, and least count of them; letters must be fewer. */
const [SURE, MANY] = [0.7, 2];
/** Least height of a zero in its widths: rings to be ticked are round; and greatest width of a one in its heights. */
const [TALLER, SLIM] = [1.15, 0.6];
/** Greatest ratio of heights of what stands in one row or column. */
const ALIKE = 1.45;
/** How far edges or middles of a column may be apart, and how far away the others may be, in heights. */
const [EDGE, FAR_DOWN, FAR_ALONG] = [0.35, 15, 25];
/** Confidence that a ring or a stroke among numbers is a digit. */
const DIGIT = 0.85;

/** Left, top, right, bottom; along and across what runs up or down. */
type Hull = readonly [number, number, number, number];

function angleOf({ along: [x, y] }: Box): number {
  return (Math.atan2(y, x) * 180) / Math.PI;
}

function hullOf(box: Box): Hull {
  const [x, y] = [0, 1].map((axis) => cornersOf(box).map((corner) => corner[axis]));
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** The digit that the largest mark of a line looks like; "" where it is round, or no stroke. */
function shapeOf(page: Grey, { reading, shown }: ReadLine): string {
  const text = reading.text.trim();
  if (!RINGS.has(text) && !STROKES.has(text)) return "";
  const picture = crop(page, shown, LOOK);
  const found = marksOf(picture, inkOfLine(picture));
  if (!found.length) return "";
  const { left, top, right, bottom } = found.reduce((best, mark) => (mark.area > best.area ? mark : best));
  const [wide, tall] = [right - left, bottom - top];
  if (RINGS.has(text)) return tall >= TALLER * wide ? "0" : "";
  return wide <= SLIM * tall ? "1" : "";
}

/** The digits among the lines of a page that are a ring or a stroke, by their numbers. */
export function loneDigits(page: Grey, lines: readonly ReadLine[]): Map<number, string> {
  const named = new Map<number, string>();
  lines.forEach((line, k) => {
    const digit = shapeOf(page, line);
    if (digit) named.set(k, digit);
  });
  if (!named.size) return named;
  const steep = lines.map(({ shown }) => Math.abs(angleOf(shown)) > 45);
  const boxes = lines.map(({ shown }, k): Hull => {
    const [left, top, right, bottom] = hullOf(shown);
    return steep[k] ? [top, left, bottom, right] : [left, top, right, bottom];
  });
  const kinds = lines.map(({ reading }) => {
    const text = reading.text.trim();
    if (reading.confidence < SURE) return "";
    if (NUMBER.test(text)) return "number";
    return RINGS.has(text) || STROKES.has(text) ? "" : "word";
  });
  const areNumbers = (near: readonly number[], k: number): boolean => {
    const count = (kind: string): number => near.filter((other) => steep[other] === steep[k] && kinds[other] === kind).length;
    return count("number") >= MANY && count("number") > count("word");
  };
  for (const k of [...named.keys()]) if (!beside(boxes, k).some((near) => areNumbers(near, k))) named.delete(k);
  return named;
}

/** What stands in the column and what in the row of a box. */
function beside(boxes: readonly Hull[], k: number): [number[], number[]] {
  const [left, top, right, bottom] = boxes[k];
  const size = bottom - top;
  const [column, row]: [number[], number[]] = [[], []];
  boxes.forEach((other, i) => {
    const tall = other[3] - other[1];
    if (i === k || tall >= ALIKE * size || size >= ALIKE * tall) return;
    const along = Math.abs(other[0] + other[2] - left - right) / 2;
    const down = Math.abs(other[1] + other[3] - top - bottom) / 2;
    const edges = Math.min(Math.abs(other[0] - left), Math.abs(other[2] - right), along);
    if (edges < EDGE * size && down > size / 2 && down < FAR_DOWN * size) column.push(i);
    if (down < EDGE * size && along < FAR_ALONG * size) row.push(i);
  });
  return [column, row];
}

function asDigit(reading: Reading, digit: string): Reading {
  const glyphs = reading.glyphs.filter(({ text }) => text.trim()).map((glyph) => ({ ...glyph, text: digit }));
  return { ...reading, glyphs, text: digit, confidence: Math.max(DIGIT, reading.confidence) };
}

/** The lines of a page with their numbers as they are printed; ``read`` reads a box of it. */
export async function withNumbers(
  page: Grey, lines: readonly BoxLine[], read: (box: Box) => Promise<ReadLine>,
): Promise<BoxLine[]> {
  const found = lines.map((line) => ({ ...line, reading: withoutTick(page, line) }));
  for (const [k, { box, reading }] of found.entries()) {
    if (!/^\d/.test(reading.text) || reading.confidence <= LEGIBLE) continue;
    const longer = withMinus(page, box);
    if (!longer) continue;
    const again = await read(longer);
    const number = signed(reading, again.reading);
    if (number) found[k] = { ...again, box: longer, reading: number };
  }
  for (const [k, digit] of loneDigits(page, found)) found[k] = { ...found[k], reading: asDigit(found[k].reading, digit) };
  return found;
}
