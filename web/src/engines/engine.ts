/** What reads: the device itself, or a server of ocr. Both give the same tree of pages. */

import type { Page } from "../document";
import type { Zone } from "../mrz/zone";
import type { Colour, Quad } from "../pixels/image";

export type Lang = "en" | "zh";
export type EngineKind = "device" | "server";

/** A fault that the user is told about: the key of a message, and what fills its gaps. */
export class Fault extends Error {
  constructor(
    readonly key: string,
    readonly values: Readonly<Record<string, string | number>> = {},
  ) {
    super(key);
  }
}

/** A picture to be read: as pixels, and as the file that it came from or was made into. */
export interface Picture {
  readonly name: string;
  readonly blob: Blob;
  readonly dpi: number;
  /** Whether it was made to stand upright already. */
  readonly upright?: boolean;
  pixels(): Promise<Colour>;
  /** The same for another thread, which makes pixels of a frame. */
  handed(): Promise<Colour | VideoFrame>;
}

export interface ReadResult {
  readonly page: Page;
  /** By how much the picture has to be turned clockwise to stand upright; the page's boxes are those of the turned one. */
  readonly turned: number;
}

export interface CardField {
  readonly name: string;
  readonly value: string;
  readonly confidence: number;
  /** Whether it passes its check, where it has one. */
  readonly valid: boolean | null;
}

export interface Card {
  readonly side: string;
  readonly fields: readonly CardField[];
  readonly problems: readonly string[];
}

export interface Engine {
  readonly kind: EngineKind;
  /** Loads what is needed; hears the share that is loaded. */
  prepare(lang: Lang, progress: (share: number) => void): Promise<void>;
  read(picture: Picture, lang: Lang, progress: (share: number) => void, signal: AbortSignal): Promise<ReadResult>;
  /**
   * Reads a whole file, page by page, where the engine can do so by itself; undefined where pages are drawn and read one
   * by one.
   */
  readFile?(file: File, lang: Lang, page: (page: Page) => void, signal: AbortSignal): Promise<void>;
  zone(picture: Picture, signal: AbortSignal): Promise<Zone | null>;
  /** Both sides of an identity card, or one; undefined where the engine cannot. */
  card?(pictures: readonly Picture[], signal: AbortSignal): Promise<Card>;
}

/** What is done to photographs, always on the device: it has to follow the finger. */
export interface Darkroom {
  corners(photo: Picture): Promise<{ quad: Quad; confidence: number }>;
  straighten(photo: Picture, quad: Quad): Promise<Colour>;
  whiten(picture: Picture): Promise<Colour>;
}
