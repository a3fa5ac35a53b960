/** Marks: connected ink of a picture. */

import { type Grey, mean } from "../pixels/image";
import { blobsOf, counted } from "../pixels/native";
import { otsu } from "./look";

export interface Mark {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** In pixels. */
  readonly area: number;
}

/** Mean grey level below which a line is light on dark. */
const LIGHT_ON_DARK = 96;

/** The marks of the pixels whose tone is ink, in the order of their first pixels by rows. */
export function marksOf({ data, width, height }: Grey, ink: (value: number) => boolean): Mark[] {
  const table = Uint8Array.from({ length: 256 }, (_, value) => Number(ink(value)));
  return blobsOf(data.map((value) => table[value]), width, height).map(({ left, top, width: wide, height: tall, area }) => ({
    left, top, right: left + wide, bottom: top + tall, area,
  }));
}

/** The tones of ink of a line, dark on light or light on dark. */
export function inkOfLine(line: Grey): (value: number) => boolean {
  let [low, high] = [255, 0];
  for (const value of line.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const level = (low + high) / 2;
  return mean(line) < LIGHT_ON_DARK ? (value) => value > level : (value) => value < level;
}

/** The tones that Otsu's threshold calls dark. */
export function darkTones(image: Grey): (value: number) => boolean {
  const level = otsu(image);
  return (value) => value <= level;
}

/** The rarer ones of the tones on both sides of Otsu's threshold, with their share and the difference to the others. */
export function inkOfPage(image: Grey): { readonly ink: (value: number) => boolean; readonly contrast: number } {
  const histogram = counted(image.data);
  const dark = darkTones(image);
  const [count, sum] = [[0, 0], [0, 0]];
  histogram.forEach((times, value) => {
    count[Number(dark(value))] += times;
    sum[Number(dark(value))] += times * value;
  });
  const contrast = count[0] && count[1] ? Math.abs(sum[0] / count[0] - sum[1] / count[1]) : 0;
  return { ink: count[1] > count[0] ? (value) => !dark(value) : dark, contrast };
}
