/** Reads a page: grey page -> boxes -> crops -> characters -> lines with words, in reading order. */

import { type Block, type Line, type Page, type Word, bounds, partOf } from "../document";
import type { Grey, Quad } from "../pixels/image";
import { type Box, cornersOf } from "./boxes";
import type { Glyph } from "./ctc";
import { detect } from "./detector";
import { settled } from "./leftover";
import { isToken } from "./lone";
import { type BoxLine, withNumbers } from "./numbers";
import { inRows } from "./order";
import type { Pipeline, ReadingNets } from "./pipeline";
import { type ReadLine, recognise } from "./recogniser";
import { isIllegible, isSteep, turnedAbout } from "./turned";

export interface ReadParts {
  readonly pipeline: Pipeline;
  readonly charset: readonly string[];
  readonly nets: ReadingNets;
}

/** Share of the work that is done once the lines are found. */
const DETECTED = 0.35;
/** Least score of a line in which nothing was read, and its least length in heights, for it to be missed. */
const [LIKE_TEXT, LIKE_A_WORD] = [0.7, 1.3];
/** Least confidence of a line that was found at a second look, and of one without letters or digits. */
const [LEFT, LEFT_SIGNS] = [0.5, 0.85];

/** Reads a page; ``detected`` are its lines, where they are known already. */
export async function readPage(
  page: Grey, parts: ReadParts, dpi: number, progress?: (share: number) => void, detected?: readonly Box[],
): Promise<Page> {
  const started = performance.now();
  const { pipeline, nets } = parts;
  const boxes = detected ?? (await detect(page, pipeline, nets));
  progress?.(DETECTED);
  const seen = await readLines(page, boxes, parts, (share) => progress?.(DETECTED + (1 - DETECTED) * share));
  const read = (box: Box): Promise<ReadLine> => recognise(page, box, pipeline, parts.charset, nets);
  const lines = await withNumbers(page, await turnedAbout(page, seen, nets, read), read);
  const text = lines.map((line) => isText(line));
  const kept = settled(lines.map(({ box }) => box), lines.map(({ reading }, k) => (text[k] ? reading.confidence : 0)));
  const found = lines.filter((_, k) => text[k] && kept[k]);
  const unread = lines.filter((line) => (!line.reading.text.trim() || isIllegible(line)) && surelyText(line.box)).length;
  const { name } = pipeline.models.recognizer.metadata;
  const level = found.filter(({ box }) => !isSteep(box));
  const steep = found.filter(({ box }) => isSteep(box)).map((line) => [line]);
  const rows = [...inRows(level, ({ box }) => box), ...steep].map((row) => row.map((line) => lineOf(line.box, line, name)));
  const blocks = blocksOf(rows);
  return {
    number: 1,
    width: page.width,
    height: page.height,
    dpi,
    seconds: (performance.now() - started) / 1000,
    text: blocks.map(({ text }) => text).join("\n\n"),
    blocks: blocks.map(({ block }) => block),
    unread,
  };
}

/** Whether a reading is text: of ink that was guessed to be some, or found at a second look, few are. */
function isText(line: BoxLine): boolean {
  const { box, reading } = line;
  if (!reading.text.trim() || isIllegible(line) || (box.guessed && !isToken(reading))) return false;
  return !box.leftover || reading.confidence >= (/[\p{L}\p{N}]/u.test(reading.text) ? LEFT : LEFT_SIGNS);
}

/** Whether the detector is sure that a box is a line of text. */
function surelyText({ score, width, height, guessed, leftover }: Box): boolean {
  return !guessed && !leftover && score >= LIKE_TEXT && width > LIKE_A_WORD * height;
}

/** The lines of boxes, several at a time where there are threads for them. */
async function readLines(page: Grey, boxes: readonly Box[], { pipeline, charset, nets }: ReadParts, progress: (share: number) => void): Promise<BoxLine[]> {
  const lines = new Array<BoxLine>(boxes.length);
  const queue = boxes.entries();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (const [k, box] of queue) {
      lines[k] = { ...(await recognise(page, box, pipeline, charset, nets)), box };
      progress(++done / boxes.length);
    }
  };
  await Promise.all(Array.from({ length: await nets.lanes() }, lane));
  return lines;
}

/** The line with its words; their places come from the frames in which their characters were seen. */
export function lineOf(box: Box, { reading, shown }: ReadLine, engine: string): Line {
  const seen = cornersOf(shown);
  const words: Word[] = [];
  let open: Glyph[] = [];
  const close = (): void => {
    if (open.length) words.push(wordOf(open, seen, reading.confidence));
    open = [];
  };
  for (const glyph of reading.glyphs) {
    if (glyph.text === " " || glyph.text === "\u3000") close();
    else open.push(glyph);
  }
  close();
  const text = words.map((word) => word.text).join(" ");
  return { text, confidence: reading.confidence, box: cornersOf(box), engine, words };
}

function wordOf(glyphs: readonly Glyph[], line: Quad, lineConfidence: number): Word {
  const product = glyphs.reduce((all, glyph) => all * glyph.confidence, 1);
  return {
    text: glyphs.map((glyph) => glyph.text).join(""),
    confidence: Math.max(lineConfidence, product),
    box: partOf(line, glyphs[0].start, glyphs[glyphs.length - 1].end),
    chars: glyphs.map((glyph) => ({ text: glyph.text, confidence: glyph.confidence, box: partOf(line, glyph.start, glyph.end) })),
  };
}

/** Rows with little space between them form a block; the cells of a row are parted by tabs in its text. */
function blocksOf(rows: readonly (readonly Line[])[]): { block: Block; text: string }[] {
  const groups: Line[][][] = [];
  let previous: [number, number, number, number] | null = null;
  for (const row of rows) {
    const boxes = row.map((line) => bounds(line.box));
    const box: [number, number, number, number] = [
      Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1])),
      Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3])),
    ];
    const tall = box[3] - box[1];
    const near = previous && box[1] - previous[3] < 0.9 * tall && box[1] > previous[1] && box[0] < previous[2] && previous[0] < box[2];
    if (near) groups[groups.length - 1].push([...row]);
    else groups.push([[...row]]);
    previous = box;
  }
  return groups.map((group) => {
    const lines = group.flat();
    const all = lines.map((line) => bounds(line.box));
    const [left, top] = [Math.min(...all.map((b) => b[0])), Math.min(...all.map((b) => b[1]))];
    const [right, bottom] = [Math.max(...all.map((b) => b[2])), Math.max(...all.map((b) => b[3]))];
    const box: Quad = [[left, top], [right, top], [right, bottom], [left, bottom]];
    const text = group.map((row) => row.map((line) => line.text).join("\t")).join("\n");
    return { block: { kind: "par", box, lines }, text };
  });
}
