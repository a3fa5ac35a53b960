/** What the device's worker does: corners, straightening, whitening, reading, zones. No document, no window. */

import { movedPage } from "../document";
import { type ReadLine, type Zone, findZone, mayBelong } from "../mrz/zone";
import { type Colour, type Grey, type Quad, median, rgba, toGrey, turned } from "../pixels/image";
import type { Box } from "../reading/boxes";
import { detect } from "../reading/detector";
import { readPage } from "../reading/reader";
import { recognise } from "../reading/recogniser";
import { isSteep } from "../reading/turned";
import { findCorners, showsEdge } from "../scanning/corners";
import { UNEVEN, evened, isBinary, unevenness } from "../scanning/ground";
import { orientation, skewOf } from "../scanning/orient";
import { rectified, rotated } from "../scanning/rectify";
import { whitenedByNet } from "../scanning/whiten";
import { inPieces, levelled, mayBeSteep, quadBack, slant, steepSkew, turnedQuad } from "../scanning/level";
import { type Lang, Fault, type ReadResult } from "./engine";
import { fetched } from "./fetching";
import { type Loader, Nets } from "./nets";

/** Confidence of an orientation from which on a page is turned. */
const SURE_TURN = 0.98;
/** Median length of lines, in heights, below which they may be fragments of sideways lines. */
const FRAGMENT = 2.2;

/** Degrees of skew that are not corrected, and beyond which it is not believed. */
const [LEVEL, STEEP] = [0.3, 10];

/** A picture turned clockwise by ``degrees``, its lines there, and how sure that is. */
interface Turned {
  readonly degrees: number;
  readonly grey: Grey;
  readonly boxes: readonly Box[];
  readonly confidence: number;
}

export class Work {
  private readonly opened = new Map<Lang, Promise<Nets>>();
  private zoneNets: Promise<Nets> | null = null;

  /**
   * @param base folder of the models.
   * @param load loads models.
   * @param plain the same for those that read a line now and then.
   */
  constructor(
    private readonly base: string,
    private readonly load: Loader,
    private readonly plain: Loader = load,
  ) {}

  /** The models of a language. */
  prepare(lang: Lang, progress: (share: number) => void = () => undefined): Promise<Nets> {
    let nets = this.opened.get(lang);
    if (!nets) {
      nets = Nets.open(`${this.base}/${lang}`, this.load, progress);
      nets.catch(() => this.opened.delete(lang));
      this.opened.set(lang, nets);
    }
    return nets;
  }

  async corners(photo: Colour, lang: Lang): Promise<{ quad: Quad; confidence: number }> {
    const { width, height } = photo;
    if (isBinary(photo)) return { quad: [[0, 0], [width, 0], [width, height], [0, height]], confidence: 0 };
    const found = await findCorners(rgba(photo), await this.prepare(lang));
    return showsEdge(photo, found.quad) ? found : { ...found, confidence: 0 };
  }

  /** The page inside a quad, upright and straight. */
  async straighten(photo: Colour, quad: Quad, lang: Lang): Promise<Colour> {
    const flat = rectified(rgba(photo), quad);
    const nets = await this.prepare(lang);
    const { degrees, boxes } = await this.uprightTurn(evened(flat), nets);
    const upright = turned(flat, degrees);
    const skew = skewOf(boxes);
    return Math.abs(skew) > LEVEL && Math.abs(skew) < STEEP ? rotated(upright, -skew) : upright;
  }

  async whiten(picture: Colour, lang: Lang): Promise<Colour> {
    const nets = await this.prepare(lang);
    const { pixels } = nets.pipeline.models.whiten!.metadata.settings as { readonly pixels: number };
    return whitenedByNet(rgba(picture), pixels, (planes, width, height) => nets.whiten(planes, width, height));
  }

  async read(picture: Colour, lang: Lang, dpi: number, upright: boolean, progress: (share: number) => void): Promise<ReadResult> {
    const nets = await this.prepare(lang);
    const even = unevenness(picture) >= UNEVEN ? evened(picture) : picture;
    const { seen, back } = upright ? { seen: await this.found(even, 0, nets) } : await this.levelTurn(even, nets);
    progress(0.3);
    const parts = { pipeline: nets.pipeline, charset: nets.charset, nets };
    const page = await readPage(seen.grey, parts, dpi, (share) => progress(0.3 + 0.7 * share), seen.boxes);
    const [width, height] = seen.degrees % 180 ? [picture.height, picture.width] : [picture.width, picture.height];
    return { page: back ? { ...movedPage(page, back), width, height } : page, turned: seen.degrees };
  }

  /** The page upright; if its lines run so steeply that more of them are found level, turned back, with the way of its boxes from there. */
  private async levelTurn(picture: Colour, nets: Nets): Promise<{ readonly seen: Turned; readonly back?: (quad: Quad) => Quad }> {
    const lies = await this.uprightTurn(picture, nets);
    const skew = steepSkew(lies.boxes);
    const degrees = skew || (inPieces(lies.boxes) || mayBeSteep(lies.boxes) ? slant(picture) : 0);
    if (!degrees) return { seen: lies };
    const level = levelled(rgba(skew ? turned(picture, lies.degrees) : picture), degrees);
    const again = skew ? await this.found(level.picture, 0, nets) : await this.uprightTurn(level.picture, nets);
    if (!skew && lengthOf(again.boxes) <= lengthOf(lies.boxes)) return { seen: lies };
    const { width, height } = again.grey;
    const onLevel = (quad: Quad): Quad => quadBack(turnedQuad(quad, (360 - again.degrees) % 360, width, height), level.back);
    const onUpright = (quad: Quad): Quad => (skew ? onLevel(quad) : turnedQuad(onLevel(quad), again.degrees, picture.width, picture.height));
    return { seen: skew ? { ...again, degrees: lies.degrees } : again, back: onUpright };
  }

  private async found(picture: Colour, degrees: number, nets: Nets): Promise<Turned> {
    const grey = toGrey(turned(picture, degrees));
    return { degrees, grey, boxes: await detect(grey, nets.pipeline, nets), confidence: 0 };
  }

  /** The page and its lines, turned clockwise to stand upright where that is certain; else as it is. */
  private async uprightTurn(picture: Colour, nets: Nets): Promise<Turned> {
    const first = await this.found(picture, 0, nets);
    if (!nets.has("orientation")) return first;
    let best = await this.voted(first, nets);
    const ratios = first.boxes.map((box) => box.width / Math.max(box.height, 1));
    if (best.confidence < SURE_TURN || median(ratios) < FRAGMENT || isSideways(first.boxes)) {
      const other = await this.voted(await this.found(picture, 90, nets), nets);
      if (isSideways(first.boxes) && other.boxes.length > 1) best = { ...best, confidence: 0 };
      if (other.confidence > best.confidence && other.boxes.length > 1) best = other;
    }
    if (best.confidence < SURE_TURN) return first;
    return best.degrees < 180 ? best : this.found(picture, best.degrees, nets);
  }

  /** The same with 180 degrees more, if it is upside down. */
  private async voted(seen: Turned, nets: Nets): Promise<Turned> {
    const { upsideDown, confidence } = await orientation(seen.grey, seen.boxes, (lines, count) => nets.upsideDown(lines, count));
    return { ...seen, degrees: seen.degrees + (upsideDown ? 180 : 0), confidence };
  }

  /** The machine-readable zone of a document, found among its lines. */
  async zone(picture: Colour, lang: Lang): Promise<Zone | null> {
    const nets = await this.prepare(lang);
    const ocrB = await (this.zoneNets ??= Nets.open(`${this.base}/mrz`, this.plain, () => undefined, fetched, ["recognizer"]));
    for (const degrees of [0, 180, 90, 270]) {
      const zone = await this.zoneUpright(turned(picture, degrees), nets, ocrB);
      if (zone) return zone;
    }
    return null;
  }

  private async zoneUpright(picture: Colour, nets: Nets, ocrB: Nets): Promise<Zone | null> {
    const grey = toGrey(picture);
    const boxes = (await detect(grey, nets.pipeline, nets)).filter((box) => box.width > 7 * box.height);
    boxes.sort((a, b) => a.start[1] - b.start[1]);
    const lines: ReadLine[] = [];
    for (const box of boxes) {
      const { text, glyphs } = (await recognise(grey, box, ocrB.pipeline, ocrB.charset, ocrB)).reading;
      lines.push({ text, confidence: glyphs.reduce((product, glyph) => product * glyph.confidence, 1) });
    }
    return findZone(lines.filter((line) => mayBelong(line.text)));
  }
}

/** Whether most of the text, by length, runs up or down. */
function isSideways(boxes: readonly Box[]): boolean {
  const length = (some: readonly Box[]): number => some.reduce((sum, { width }) => sum + width, 0);
  return 2 * length(boxes.filter(isSteep)) > length(boxes);
}

/** How much text was found: the length of lines in their heights. */
function lengthOf(boxes: readonly Box[]): number {
  return boxes.reduce((sum, { score, width, height }) => sum + (score * width) / Math.max(height, 1), 0);
}

/** Whether this browser runs WebAssembly with SIMD: a module of one function with one vector instruction. */
export function checkSimd(): void {
  const module = Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  );
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(module)) throw new Fault("noSimd");
}
