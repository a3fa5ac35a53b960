/** Where lines end: the kernel of large or faint type may lack the first or the last letter or a part of their height, and that of a word may reach the next one. */

import { median } from "../pixels/image";
import { type Box, hullOf } from "./boxes";
import type { Hull } from "./look";

/** A letter is part of a line if it is closer to its end than this, in line heights (words are further apart); or if the end cuts at least so much of it off. */
const [NEAR, CUT] = [0.25, 0.07];
/** Greatest width of a letter, least and greatest height, and greatest distance of its middle from that of its line, in line heights. */
const [WIDEST, LOWEST, TALLEST, LEVEL] = [1.8, 0.35, 1.4, 0.3];
/** Greatest slope of lines that are changed. */
const FLAT = 0.05;
/** Letters that are added at an end at most. */
const STEPS = 2;
/** Least share of the height of the lower of two lines that both have, if they are in a row; and what is left of the blank at an end, in line heights. */
const [SAME_ROW, MARGIN] = [0.6, 1 / 16];
/** Letters that reach so far out of their line, in line heights, are cut off by it, if it is so many times as high as most lines. */
const [TALLER, LARGE] = [0.12, 1.6];

/** The boxes, drawn out to letters directly before or after them, as tall as these, and cut before the next line. */
export function toTheEnds(boxes: readonly Box[], words: readonly Hull[]): Box[] {
  let whole = cutBeforeOthers(boxes, words);
  for (let k = 0; k < STEPS; k++) whole = drawnOut(whole, words);
  const usual = median(whole.map(({ height }) => height));
  return whole.map((box) => (isLevel(box) && box.height > LARGE * usual ? asTall(box, words) : box));
}

const isLevel = ({ along: [ux, uy] }: Box): boolean => Math.abs(uy) < FLAT * ux;
const middleOf = ([left, top, right, bottom]: Hull): readonly [number, number] => [(left + right) / 2, (top + bottom) / 2];

function holds([left, top, right, bottom]: Hull, word: Hull): boolean {
  const [x, y] = middleOf(word);
  return x > left && x < right && y > top && y < bottom;
}

/** A level box with other ends and edges: how far these move to the right and down. */
function moved(box: Box, left: number, right: number, up = 0, down = 0): Box {
  const [ux, uy] = box.along;
  const middle = (down - up) / 2;
  const start = [box.start[0] + left, box.start[1] + (left * uy) / ux + middle] as const;
  return { ...box, start, width: box.width + (right - left) / ux, height: box.height + up + down };
}

/** The boxes, without the piece of the next line in a row that some end with. */
function cutBeforeOthers(boxes: readonly Box[], words: readonly Hull[]): Box[] {
  const hulls = boxes.map(hullOf);
  return boxes.map((box, k) => {
    const [left, top, right, bottom] = hulls[k];
    if (!isLevel(box)) return box;
    let end = right;
    for (const [left2, top2, right2, bottom2] of hulls) {
      const common = Math.min(bottom, bottom2) - Math.max(top, top2);
      if (common <= SAME_ROW * Math.min(bottom - top, bottom2 - top2) || left >= left2 || right <= left2 || right >= right2) continue;
      const margin = MARGIN * (bottom - top);
      const before = words.filter((word) => {
        const [, y] = middleOf(word);
        return y > top && y < bottom && word[2] > left && word[0] < left2 - margin;
      });
      const last = Math.max(...before.map((word) => word[2])) + margin;
      if (before.length && last < left2) end = Math.min(end, last);
    }
    return end < right ? moved(box, 0, end - right) : box;
  });
}

/** The boxes, with a letter more at the ends of those that are level. */
function drawnOut(boxes: readonly Box[], words: readonly Hull[]): Box[] {
  const hulls = boxes.map(hullOf);
  const free = words.map((word) => !hulls.some((hull) => holds(hull, word)));
  const result = [...boxes];
  for (const side of [-1, 1]) {
    words.forEach((word, w) => {
      const lines = boxes.flatMap((box, k) => (isNext(box, hulls[k], word, free[w], side) ? [k] : []));
      if (lines.length !== 1) return;
      const [k] = lines;
      const [left, top, right, bottom] = hullOf(result[k]);
      const [up, down] = [Math.max(0, top - word[1]), Math.max(0, word[3] - bottom)];
      result[k] = side < 0 ? moved(result[k], Math.min(0, word[0] - left), 0, up, down) : moved(result[k], 0, Math.max(0, word[2] - right), up, down);
    });
  }
  return result;
}

/** Whether a word is a letter that a level line lacks at one of its ends. */
function isNext(box: Box, hull: Hull, word: Hull, free: boolean, side: number): boolean {
  const [wide, tall] = [word[2] - word[0], word[3] - word[1]];
  const { height, along, start } = box;
  if (!isLevel(box) || tall <= LOWEST * height || tall >= TALLEST * height || wide >= WIDEST * height) return false;
  const end = side < 0 ? start[0] : start[0] + along[0] * box.width;
  const level = side < 0 ? start[1] : start[1] + along[1] * box.width;
  const [near, far] = side < 0 ? [word[2], word[0]] : [word[0], word[2]];
  const beyond = side * (far - end);
  const there = (free && Math.abs(near - end) < NEAR * height && beyond > 0) || (holds(hull, word) && beyond > CUT * height);
  return there && Math.abs(middleOf(word)[1] - level) < LEVEL * height;
}

/** A large line as tall as most of its letters. */
function asTall(box: Box, words: readonly Hull[]): Box {
  const hull = hullOf(box);
  const [, top, , bottom] = hull;
  const size = bottom - top;
  const letters = words.filter((word) => {
    const tall = word[3] - word[1];
    return holds(hull, word) && tall > LOWEST * size && tall < TALLEST * size;
  });
  if (!letters.length) return box;
  const [above, below] = [median(letters.map((word) => top - word[1])), median(letters.map((word) => word[3] - bottom))];
  const least = TALLER * size;
  if (Math.max(above, below) <= least || (letters.length === 1 && Math.min(above, below) >= least / 2)) return box;
  return moved(box, 0, 0, above > least ? above + MARGIN * size : 0, below > least ? below + MARGIN * size : 0);
}
