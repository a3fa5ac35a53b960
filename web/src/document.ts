/** The result of reading, in the shape of the JSON output of ocr: page, blocks, lines, words, characters. */

import type { Quad } from "./pixels/image";

export interface Char {
  readonly text: string;
  readonly confidence: number;
  readonly box: Quad;
}

export interface Word {
  readonly text: string;
  /** Probability that all of it is right. */
  readonly confidence: number;
  readonly box: Quad;
  readonly chars: readonly Char[];
  /** Set where a person has corrected or confirmed it. */
  readonly checked?: boolean;
}

export interface Line {
  readonly text: string;
  readonly confidence: number;
  readonly box: Quad;
  readonly engine: string;
  readonly words: readonly Word[];
}

export interface Block {
  readonly kind: string;
  readonly box: Quad;
  readonly lines: readonly Line[];
}

export interface Page {
  readonly number: number;
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
  readonly seconds: number;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** What a server says about it. */
  readonly warnings?: readonly string[];
  /** Lines that the device found and in which it read nothing. */
  readonly unread?: number;
  readonly error?: { readonly message: string };
}

export function linesOf(page: Page): Line[] {
  return page.blocks.flatMap((block) => [...block.lines]);
}

/** Median height of the lines in pixels; 0 where there are none. */
export function typicalHeight(page: Page): number {
  const heights = linesOf(page).map(({ box }) => Math.hypot(box[3][0] - box[0][0], box[3][1] - box[0][1]));
  return heights.sort((a, b) => a - b)[heights.length >> 1] ?? 0;
}

export function wordsOf(page: Page): Word[] {
  return linesOf(page).flatMap((line) => [...line.words]);
}

/** How many words are expected to be wrong: the sum of their probabilities of being so; checked words are right. */
export function expectedErrors(pages: readonly Page[]): number {
  let sum = 0;
  for (const page of pages) for (const word of wordsOf(page)) if (!word.checked) sum += 1 - word.confidence;
  return sum;
}

/** A place in a document: page, block, line and word, by index. */
export interface Place {
  readonly page: number;
  readonly block: number;
  readonly line: number;
  readonly word: number;
}

export function samePlace(a: Place | null, b: Place | null): boolean {
  return !!a && !!b && a.page === b.page && a.block === b.block && a.line === b.line && a.word === b.word;
}

/** Words below a probability that nobody has checked, in reading order. */
export function doubtfulWords(pages: readonly Page[], below: number): Place[] {
  const places: Place[] = [];
  pages.forEach((page, p) =>
    page.blocks.forEach((block, b) =>
      block.lines.forEach((line, l) =>
        line.words.forEach((word, w) => {
          if (!word.checked && word.confidence < below) places.push({ page: p, block: b, line: l, word: w });
        }),
      ),
    ),
  );
  return places;
}

export function comparePlaces(a: Place, b: Place): number {
  return a.page - b.page || a.block - b.block || a.line - b.line || a.word - b.word;
}

/** The page with one word replaced by what a person typed; several words may be typed for one, or none. */
export function corrected(page: Page, at: Omit<Place, "page">, typed: string): Page {
  const blocks = page.blocks.map((block, b) => {
    if (b !== at.block) return block;
    const lines = block.lines.map((line, l) => (l === at.line ? correctedLine(line, at.word, typed) : line));
    return { ...block, lines };
  });
  return { ...page, blocks, text: retold(page, blocks) };
}

function correctedLine(line: Line, index: number, typed: string): Line {
  const text = typed.trim().replace(/\s+/g, " ");
  const words = line.words.flatMap((word, w) => {
    if (w !== index) return [word];
    if (!text) return [];
    const same = text === word.text;
    return [{ ...word, text, confidence: 1, checked: true, chars: same ? word.chars : [] }];
  });
  const confidence = words.reduce((product, word) => product * word.confidence, 1);
  return { ...line, words, text: words.map((word) => word.text).join(" "), confidence: Math.max(line.confidence, confidence) };
}

/** The text of a page after a correction: each line of the old text that changed is replaced in order. */
function retold(page: Page, blocks: readonly Block[]): string {
  let text = "";
  let rest = page.text;
  page.blocks.forEach((block, b) =>
    block.lines.forEach((line, l) => {
      const at = line.text ? rest.indexOf(line.text) : -1;
      if (at < 0) return;
      text += rest.slice(0, at) + blocks[b].lines[l].text;
      rest = rest.slice(at + line.text.length);
    }),
  );
  return text + rest;
}

/** The page with all of its places moved. */
export function movedPage(page: Page, moved: (quad: Quad) => Quad): Page {
  const at = <T extends { readonly box: Quad }>(item: T): T => ({ ...item, box: moved(item.box) });
  const words = (line: Line): Word[] => line.words.map((word) => ({ ...at(word), chars: word.chars.map(at) }));
  const blocks = page.blocks.map((block) => ({ ...at(block), lines: block.lines.map((line) => ({ ...at(line), words: words(line) })) }));
  return { ...page, blocks };
}

/** Upright bounding box of a quad: left, top, right, bottom. */
export function bounds(quad: Quad): [number, number, number, number] {
  const x = quad.map((p) => p[0]);
  const y = quad.map((p) => p[1]);
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** The part of a line's quad between two shares of its length. */
export function partOf(quad: Quad, from: number, to: number): Quad {
  const [a, b, c, d] = quad;
  const on = (p: readonly [number, number], q: readonly [number, number], t: number): [number, number] => [
    p[0] + (q[0] - p[0]) * t,
    p[1] + (q[1] - p[1]) * t,
  ];
  return [on(a, b, from), on(a, b, to), on(d, c, to), on(d, c, from)];
}
