/** Ink that no box covers: where the detector looks a second time, at the scale of that ink, since it sees a page at the scale of its typical type. */

import { components } from "../pixels/components";
import { type Grey, cut, median } from "../pixels/image";
import { type Box, hullOf } from "./boxes";
import type { Hull } from "./look";

/** Greatest ratio of the heights of words that are looked at together. */
const ALIKE = 2.7;
/** Ink so much taller than a line is not covered by it; a word belongs to a line from which its middle is this far away, in heights of the line, or of two such words. */
const [TALLER, ROOM] = [1.25, 0.3];
/** More marks than this are a texture or a halftone; on a page without lines, specks. */
const [TEXTURE, SPECKS] = [1500, 100];
/** Marks inside a word at most, itself among them; more are what a frame surrounds. */
const MARKS_INSIDE = 3;
/** Words no further apart than this, beside and above each other, are looked at together; in their heights, as their surroundings are. */
const [BESIDE, ABOVE, SURROUNDINGS] = [4, 1.2, 1.5];
/** So often a place grows at most where it cuts a line off: its words may be a part of theirs, where the others are faint. */
const GROWN = 4;
/** By how much larger type has to be read more surely than the lines that it would take the place of. */
const SURER = 0.1;
/** Largest total of the working pictures of second looks, in pixels. */
const SECOND_PIXELS = 500_000;
/** Height of a line in heights of its words. */
const LINE_TO_WORD = 1.28;
/** Side of the map in which words are brought together. */
const MAP = 512;

/** Part of a page with words of one size. */
interface Place {
  readonly box: Hull;
  readonly height: number;
  readonly words: readonly Hull[];
}

/** Finds the lines of a picture at a scale. */
export type DetectAt = (picture: Grey, scale: number) => Promise<readonly Box[]>;

/** Boxes where ink is left that none of those found covers; readings decide whether it is text. */
export async function secondLook(page: Grey, all: readonly Hull[], found: readonly Box[], detect: DetectAt, lineHeight: number): Promise<Box[]> {
  let words = leftOver(all, found);
  if (!found.length && words.length > SPECKS) return [];
  const more: Box[] = [];
  for (let budget = SECOND_PIXELS; words.length; words = words.filter((word) => !isCovered(word, more))) {
    const [places, others] = largest(words, page);
    for (const place of places) {
      const scale = Math.min(2, lineHeight / (LINE_TO_WORD * place.height));
      const [left, top, right, bottom] = place.box;
      budget -= (right - left) * (bottom - top) * scale ** 2;
      if (budget < 0) return more;
      for (const box of await inPlace(page, place, scale, detect)) {
        const known = [...found, ...more].filter((other) => !isPiece(other, box));
        if (!isCrowded(box, known)) more.push({ ...box, leftover: true });
      }
    }
    words = others;
  }
  return more;
}

/** Which boxes to keep where one of a second look covers others: it, if it was read clearly more surely, or these. */
export function settled(boxes: readonly Box[], confidences: readonly number[]): boolean[] {
  const kept = boxes.map(() => true);
  boxes.forEach((box, k) => {
    if (!box.leftover) return;
    const rivals = boxes.flatMap((other, i) => (i !== k && isPiece(other, box) ? [i] : []));
    if (!rivals.length) return;
    const surer = confidences[k] > Math.max(...rivals.map((i) => confidences[i])) + SURER;
    for (const loser of surer ? rivals : [k]) kept[loser] = false;
  });
  return kept;
}

const middleOf = ([left, top, right, bottom]: Hull): readonly [number, number] => [(left + right) / 2, (top + bottom) / 2];

function isInside([x, y]: readonly [number, number], [left, top, right, bottom]: Hull, room = 0): boolean {
  return x >= left - room && x <= right + room && y >= top - room && y <= bottom + room;
}

/** Whether a word has its middle in a line of its size. */
function isCovered(word: Hull, lines: readonly Box[]): boolean {
  const tall = Math.min(word[2] - word[0], word[3] - word[1]);
  return lines.some((line) => tall < TALLER * line.height && isInside(middleOf(word), hullOf(line), ROOM * Math.min(line.height, 2 * tall)));
}

/** The words that no line covers; without frames, which surround other words, and textures. */
function leftOver(words: readonly Hull[], lines: readonly Box[]): Hull[] {
  const hulls = lines.map((line) => ({ hull: hullOf(line), height: line.height }));
  const left = words.filter((word) => {
    const tall = Math.min(word[2] - word[0], word[3] - word[1]);
    const middle = middleOf(word);
    return !hulls.some(({ hull, height }) => tall < TALLER * height && isInside(middle, hull, ROOM * Math.min(height, 2 * tall)));
  });
  if (left.length > TEXTURE) return [];
  return left.filter((frame) => words.filter((word) => isInside(middleOf(word), frame)).length <= MARKS_INSIDE);
}

/** Where the largest words stand near each other, and the other words. */
function largest(words: readonly Hull[], page: Grey): readonly [Place[], Hull[]] {
  const tall = (word: Hull): number => word[3] - word[1];
  const least = words.reduce((most, word) => Math.max(most, tall(word)), 0) / ALIKE;
  const alike = words.filter((word) => tall(word) > least);
  return [together(alike, median(alike.map(tall)), page), words.filter((word) => tall(word) <= least)];
}

/** The places of words of one size. */
function together(words: readonly Hull[], height: number, page: Grey): Place[] {
  const shrink = MAP / Math.max(page.width, page.height);
  const [wide, high] = [page.width, page.height].map((side) => Math.round(side * shrink) + 2);
  const mask = new Uint8Array(wide * high);
  const [dx, dy] = [(BESIDE / 2) * height, (ABOVE / 2) * height];
  for (const [left, top, right, bottom] of words) {
    const [x0, x1] = [Math.max(0, left - dx), right + dx].map((x) => Math.min(wide - 1, Math.trunc(x * shrink)));
    const [y0, y1] = [Math.max(0, top - dy), bottom + dy].map((y) => Math.min(high - 1, Math.trunc(y * shrink)));
    for (let y = y0; y <= y1; y++) mask.fill(1, y * wide + x0, y * wide + x1 + 1);
  }
  return groupsOf(mask, wide, high, words, shrink).map((group) => {
    const room = SURROUNDINGS * height;
    const box: Hull = [
      Math.max(0, Math.floor(Math.min(...group.map(([left]) => left)) - room)),
      Math.max(0, Math.floor(Math.min(...group.map(([, top]) => top)) - room)),
      Math.min(page.width, Math.ceil(Math.max(...group.map(([, , right]) => right)) + room)),
      Math.min(page.height, Math.ceil(Math.max(...group.map(([, , , bottom]) => bottom)) + room)),
    ];
    return { box, height, words: group };
  });
}

/** The words of each component of a map. */
function groupsOf(mask: Uint8Array, wide: number, high: number, words: readonly Hull[], shrink: number): Hull[][] {
  const { labels } = components(mask, wide, high, true);
  const groups = new Map<number, Hull[]>();
  for (const word of words) {
    const [x, y] = middleOf(word).map((place) => Math.trunc(place * shrink));
    const label = labels[y * wide + x];
    groups.set(label, [...(groups.get(label) ?? []), word]);
  }
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/** Boxes of a place that have its size of type; it grows where it cuts one of them off. */
async function inPlace(page: Grey, place: Place, scale: number, detect: DetectAt): Promise<Box[]> {
  let found = await ofItsSize(page, place, scale, detect);
  for (let k = 0; k < GROWN; k++) {
    const [left, top, right, bottom] = place.box;
    const before = left > 0 && found.some((box) => hullOf(box)[0] < left + 1);
    const after = right < page.width && found.some((box) => hullOf(box)[2] > right - 1);
    if (!before && !after) break;
    const more = Math.round(BESIDE * place.height);
    const box: Hull = [before ? Math.max(0, left - more) : left, top, after ? Math.min(page.width, right + more) : right, bottom];
    place = { ...place, box };
    found = await ofItsSize(page, place, scale, detect);
  }
  return found;
}

/** Boxes within a place that have its size of type. */
async function ofItsSize(page: Grey, place: Place, scale: number, detect: DetectAt): Promise<Box[]> {
  const [x, y, right, bottom] = place.box;
  const seen = await detect(cut(page, x, y, right - x, bottom - y), scale);
  return seen.flatMap((part) => {
    const box: Box = { ...part, start: [part.start[0] + x, part.start[1] + y] };
    const tall = place.words.filter((word) => isCovered(word, [box])).map((word) => word[3] - word[1]);
    return tall.length && Math.max(...tall) > 0.4 * box.height && 0.4 * box.height > 0.24 * place.height ? [box] : [];
  });
}

/** Whether a tenth of a box is covered by one of others, or covers a tenth of it, all upright. */
function isCrowded(box: Box, others: readonly Box[]): boolean {
  const one = hullOf(box);
  const area = ([left, top, right, bottom]: Hull): number => Math.max(0, right - left) * Math.max(0, bottom - top);
  return others.some((other) => {
    const two = hullOf(other);
    const common = area([Math.max(one[0], two[0]), Math.max(one[1], two[1]), Math.min(one[2], two[2]), Math.min(one[3], two[3])]);
    return common > 0.1 * Math.min(area(one), area(two));
  });
}

/** Whether a box may be a part of the strokes of larger type: in its box, and much lower. */
function isPiece(small: Box, large: Box): boolean {
  return isInside(middleOf(hullOf(small)), hullOf(large)) && 1.4 * small.height < large.height;
}
