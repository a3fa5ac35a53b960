/** What the device's worker does: corners, straightening, whitening, reading, zones. No document, no window. */

import { type Zone, findZone, mayBelong } from "../mrz/zone";
import { type Colour, type Quad, toGrey, turned } from "../pixels/image";
import type { Box } from "../reading/boxes";
import type { Reading } from "../reading/ctc";
import { detect } from "../reading/detector";
import { readPage } from "../reading/reader";
import { recognise } from "../reading/recogniser";
import { findCorners } from "../scanning/corners";
import { UNEVEN, evened, unevenness } from "../scanning/ground";
import { orientation } from "../scanning/orient";
import { rectified } from "../scanning/rectify";
import { median } from "../pixels/image";
import { type Lang, Fault, type ReadResult } from "./engine";
import { type Loader, Nets } from "./nets";

/** Confidence of an orientation from which on a page is turned. */
const SURE_TURN = 0.98;
/** Median length of lines, in heights, below which they may be fragments of sideways lines. */
const FRAGMENT = 2.2;

export class Work {
  private readonly opened = new Map<Lang, Promise<Nets>>();

  constructor(
    private readonly base: string,
    private readonly load: Loader,
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
    return findCorners(photo, await this.prepare(lang));
  }

  straighten(photo: Colour, quad: Quad): Colour {
    return rectified(photo, quad);
  }

  whiten(picture: Colour): Colour {
    return evened(picture);
  }

  async read(picture: Colour, lang: Lang, dpi: number, progress: (share: number) => void): Promise<ReadResult> {
    const nets = await this.prepare(lang);
    const even = unevenness(picture) >= UNEVEN ? evened(picture) : picture;
    const degrees = await this.uprightTurn(even, nets);
    progress(0.1);
    const page = await readPage(
      toGrey(turned(even, degrees)), { pipeline: nets.pipeline, charset: nets.charset, nets }, dpi,
      (share) => progress(0.1 + 0.9 * share),
    );
    return { page, turned: degrees };
  }

  /** By how much a picture has to be turned clockwise to stand upright, where that is certain; else 0. */
  private async uprightTurn(picture: Colour, nets: Nets): Promise<number> {
    if (!nets.has("orientation")) return 0;
    const votes = async (degrees: number): Promise<{ degrees: number; confidence: number; boxes: Box[] }> => {
      const grey = toGrey(turned(picture, degrees));
      const boxes = await detect(grey, nets.pipeline, nets);
      const found = await orientation(grey, boxes, (lines, count) => nets.upsideDown(lines, count));
      return { degrees: degrees + (found.upsideDown ? 180 : 0), confidence: found.confidence, boxes };
    };
    let best = await votes(0);
    const ratios = best.boxes.map((box) => box.width / Math.max(box.height, 1));
    if (best.confidence < SURE_TURN || median(ratios) < FRAGMENT) {
      const other = await votes(90);
      if (other.confidence > best.confidence && other.boxes.length > 1) best = other;
    }
    return best.confidence >= SURE_TURN ? best.degrees % 360 : 0;
  }

  /** The machine-readable zone of a document, found among its lines. */
  async zone(picture: Colour, lang: Lang): Promise<Zone | null> {
    const nets = await this.prepare(lang);
    for (const degrees of [0, 180, 90, 270]) {
      const zone = await this.zoneUpright(turned(picture, degrees), nets);
      if (zone) return zone;
    }
    return null;
  }

  private async zoneUpright(picture: Colour, nets: Nets): Promise<Zone | null> {
    const grey = toGrey(picture);
    const { pipeline } = nets;
    const boxes = (await detect(grey, pipeline, nets)).filter((box) => box.width > 7 * box.height);
    boxes.sort((a, b) => a.start[1] - b.start[1]);
    const lines: Reading[] = [];
    for (const box of boxes) lines.push((await recognise(grey, box, pipeline, nets.charset, nets)).reading);
    return findZone(lines.filter((line) => mayBelong(line.text)));
  }
}

/** Whether this browser runs WebAssembly with SIMD: a module of one function with one vector instruction. */
export function checkSimd(): void {
  const module = Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  );
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(module)) throw new Fault("noSimd");
}
