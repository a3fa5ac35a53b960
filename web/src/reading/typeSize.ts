/** How large the type of a page is, from its ink: it decides the scale at which the detector sees the page. */

import type { Grey } from "../pixels/image";
import { blobsOf, counted, maskOf } from "../pixels/native";
import { resized } from "../pixels/resize";

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

/** Line height of typical print in pixels: from the median height of words, weighted by their widths. */
export function typeSize(page: Grey): number {
  const longer = Math.max(page.width, page.height);
  const shrink = Math.min(1, 1000 / longer);
  const small = resized(page, page.width * shrink, page.height * shrink);
  const level = otsu(small);
  const masked = (low: number, high: number) => maskOf(small.data, small.width, small.height, low, high);
  const dark = masked(0, level);
  const ink = (dark.inside > small.data.length / 2 ? masked(level + 1, 255) : dark).mask;
  const tallest = Math.max(small.width, small.height) / 6;
  const words = blobsOf(ink, small.width, small.height).filter(({ width, height, area }) => {
    const fill = area / (width * height);
    return height >= 4 && height < tallest && width < 12 * height && width > height / 6 && fill > 0.12 && fill < 0.95;
  });
  if (words.length < 12) return longer / 70;
  return Math.max(9, (1.28 * weightedMedian(words)) / shrink);
}

/** Median of heights, each as often as the word is wide, but at most twice its height. */
function weightedMedian(words: readonly { readonly width: number; readonly height: number }[]): number {
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
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
}
