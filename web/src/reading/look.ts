/** How large the type of a page is, from its ink: it decides the scale at which the detector sees the page. */

import { medianBlur } from "../pixels/blur";
import type { Grey } from "../pixels/image";
import { type Blob, blobsOf, counted, maskOf } from "../pixels/native";
import { reduced } from "../pixels/resize";

/** What the ink of a page shows. */
export interface Look {
  /** Estimated line heights of typical, small and large print, in pixels of the page. */
  readonly typical: number;
  readonly small: number;
  readonly large: number;
  /** Marks that may be words or characters. */
  readonly words: readonly Hull[];
}

/** Left, top, right, bottom. */
export type Hull = readonly [number, number, number, number];

/** Longer side of the copy that is looked at. */
const SIDE = 1000;
/** Words from which on their heights tell the size of type; lines of a page otherwise. */
const [SOME, LINES] = [12, 70];
/** Where one mark covers such a share of a picture, it is a dark panel, as in programs, or a border; ink is then what differs by so many grey levels from the median of a square of this side around it: print on the panel, too. */
const [PANEL, AROUND, CONTRAST] = [0.05, 21, 28];
/** A mark that covers such a share of a picture, and of its own box, is a panel with print on it, as a button is; its least height in pixels. */
const [LEAST_PANEL, SOLID, LEAST_HEIGHT] = [0.002, 0.5, 8];
/** Least height of small print, as a share of that of typical print: what is smaller are leader dots. */
const DOTS = 0.4;
/** Shares of the words, by their widths, that are in small, in typical and in less than large print. */
const [SMALL, TYPICAL, LARGE] = [0.12, 0.5, 0.995];

/** Otsu's threshold: pixels up to it are the dark class. */
export function otsu(image: Grey): number {
  const histogram = counted(image.data);
  const total = image.data.length;
  let all = 0;
  for (let i = 0; i < 256; i++) all += i * histogram[i];
  const mean = all / total;
  let dark = 0;
  let darkMean = 0;
  let best = 0;
  let most = 0;
  for (let i = 0; i < 256; i++) {
    const p = histogram[i] / total;
    darkMean *= dark;
    dark += p;
    const light = 1 - dark;
    if (Math.min(dark, light) < 1.19e-7 || Math.max(dark, light) > 1 - 1.19e-7) continue;
    darkMean = (darkMean + i * p) / dark;
    const lightMean = (mean - dark * darkMean) / light;
    const spread = dark * light * (darkMean - lightMean) ** 2;
    if (spread > most) {
      most = spread;
      best = i;
    }
  }
  return best;
}

/** The line heights of a page: heights of words, weighted by their widths. */
export function look(page: Grey): Look {
  const longer = Math.max(page.width, page.height);
  const shrink = Math.min(1, SIDE / longer);
  const small = reduced(page, page.width * shrink, page.height * shrink);
  const { mask, marks } = marksOn(small);
  const words = [...marks, ...marks.flatMap((mark) => lightOn(mask, mark, small))].filter((mark) => mayBeText(mark, small)).map(({ left, top, width, height }): Hull =>
    [left / shrink, top / shrink, (left + width) / shrink, (top + height) / shrink]);
  const sizes = sizesOf(marks, Math.max(small.width, small.height));
  if (sizes.length < SOME) {
    const typical = longer / LINES;
    const most = Math.max(...sizes.map(({ height }) => height));
    return { typical, small: typical, large: sizes.length < 2 ? typical : (1.3 * most) / shrink, words };
  }
  const [seen, usual, most] = heightsAt(sizes);
  const least = seen < DOTS * usual ? usual : seen;
  return { typical: Math.max(9, (1.28 * usual) / shrink), small: Math.max(7, (1.44 * least) / shrink), large: (1.28 * most) / shrink, words };
}

/** The ink of a picture, and it connected, closed along rows; where there is a large panel, what stands out from its surroundings. */
function marksOn(small: Grey): { readonly mask: Uint8Array; readonly marks: Blob[] } {
  const { width, height } = small;
  const level = otsu(small);
  const dark = maskOf(small.data, width, height, 0, level);
  const { mask } = dark.inside > small.data.length / 2 ? maskOf(small.data, width, height, level + 1, 255) : dark;
  const marks = blobsOf(mask, width, height);
  if (!marks.some(({ area }) => area > PANEL * small.data.length)) return { mask, marks };
  const around = medianBlur(small, AROUND).data;
  const apart = small.data.map((value, k) => Math.abs(value - around[k]));
  return { mask, marks: blobsOf(maskOf(apart, width, height, CONTRAST + 1, 255).mask, width, height) };
}

/** The light marks on one that is a panel. */
function lightOn(mask: Uint8Array, { left, top, width, height, area }: Blob, small: Grey): Blob[] {
  if (area <= LEAST_PANEL * small.data.length || area <= SOLID * width * height || height <= LEAST_HEIGHT) return [];
  const light = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) light[y * width + x] = 1 - mask[(top + y) * small.width + left + x];
  return blobsOf(light, width, height)
    .filter((mark) => mark.left > 0 && mark.top > 0 && mark.left + mark.width < width && mark.top + mark.height < height)
    .map((mark) => ({ ...mark, left: mark.left + left, top: mark.top + top }));
}

function mayBeText({ width, height, area }: Blob, within: Grey): boolean {
  const slim = height >= 4 && width >= 2 && width < 12 * height && height < 12 * width && area > 0.12 * width * height;
  return slim && height < 0.9 * within.height && width < 0.95 * within.width;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The marks that are words; where they stand on end, the page is sideways. */
function sizesOf(marks: readonly Blob[], longer: number): Size[] {
  let [onEnd, either] = [0, 0];
  for (const { width, height, area } of marks) {
    if (height > 1.3 * width) onEnd += area;
    if (height > 1.3 * width || width > 1.3 * height) either += area;
  }
  const turned = onEnd > 0.6 * either;
  return marks.flatMap(({ width: across, height: down, area }) => {
    const [width, height] = turned ? [down, across] : [across, down];
    const fill = area / (width * height);
    const word = height >= 4 && height < longer / 6 && width < 12 * height && width > height / 6 && fill > 0.12 && fill < 0.95;
    return word ? [{ width, height }] : [];
  });
}

/** Heights below which shares of the words lie, each word as often as it is wide, but at most twice its height. */
function heightsAt(words: readonly Size[]): readonly [number, number, number] {
  const counts = new Map<number, number>();
  let total = 0;
  for (const { width, height } of words) {
    const count = Math.min(width, 2 * height);
    counts.set(height, (counts.get(height) ?? 0) + count);
    total += count;
  }
  const heights = [...counts.keys()].sort((a, b) => a - b);
  const at = (place: number): number => {
    let seen = 0;
    for (const height of heights) {
      seen += counts.get(height)!;
      if (seen > place) return height;
    }
    return heights[heights.length - 1];
  };
  return [at(Math.ceil(SMALL * total) - 1), at(Math.ceil(TYPICAL * total) - 1), at(Math.ceil(LARGE * total) - 1)];
}
