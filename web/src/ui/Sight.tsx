/** A picture of a page: its small copy, where it has one, and over that the file where it is to be seen in detail. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Shot } from "../opening/picture";

interface Props {
  readonly shot: Shot;
  readonly alt: string;
  readonly detail?: boolean;
  /** Most pixels of its width that are drawn. */
  readonly most?: number;
}

export function Sight({ shot: { preview, url }, alt, detail = false, most = Infinity }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<ImageBitmap | null>(null);
  useLayoutEffect(() => {
    if (drawn.current !== preview) drawn.current = null;
    const context = canvas.current?.getContext("2d");
    if (!context || !preview?.width) return;
    drawn.current = preview;
    const share = Math.min(1, most / preview.width);
    const [width, height] = [preview.width, preview.height].map((side) => Math.max(1, Math.round(side * share)));
    [context.canvas.width, context.canvas.height] = [width, height];
    context.imageSmoothingQuality = "medium";
    context.drawImage(preview, 0, 0, width, height);
  }, [preview]);
  const small = preview && (preview.width > 0 || drawn.current === preview); // once it is closed, its width is 0
  const seen = !small || detail;
  return (
    <>
      {small && <canvas ref={canvas} role="img" aria-label={alt} aria-hidden={seen || !alt ? "true" : undefined} />}
      {seen && <img src={url} alt={alt} draggable={false} />}
    </>
  );
}
