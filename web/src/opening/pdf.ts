/** Pages of PDF files, drawn by pdf.js, which is loaded when the first PDF is opened. */

import { Fault } from "../engines/engine";
import { type Shot, checkSize, fromCanvas } from "./picture";

const DPI = 300;
const MOST_PIXELS = 9_000_000;

export interface PdfFile {
  readonly pages: number;
  /** The picture of a page, from 1. */
  draw(page: number): Promise<Shot>;
  close(): void;
}

export async function openPdf(file: File): Promise<PdfFile> {
  checkSize(file);
  const pdfjs = await import("pdfjs-dist");
  const worker = await import("pdfjs-dist/build/pdf.worker.min.mjs?url");
  pdfjs.GlobalWorkerOptions.workerSrc = worker.default;
  const data = new Uint8Array(await file.arrayBuffer());
  const task = pdfjs.getDocument({ data, isEvalSupported: false });
  let pdf: Awaited<typeof task.promise>;
  try {
    pdf = await task.promise;
  } catch (error) {
    const locked = error instanceof Error && error.name === "PasswordException";
    throw new Fault(locked ? "lockedPdf" : "badPdf", { name: file.name });
  }
  if (!pdf.numPages) throw new Fault("emptyPdf", { name: file.name });
  return {
    pages: pdf.numPages,
    close: () => void task.destroy(),
    async draw(number) {
      const page = await pdf.getPage(number);
      const plain = page.getViewport({ scale: 1 });
      const scale = Math.min(DPI / 72, Math.sqrt(MOST_PIXELS / (plain.width * plain.height)));
      const viewport = page.getViewport({ scale });
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [Math.round(viewport.width), Math.round(viewport.height)];
      const context = canvas.getContext("2d");
      if (!context) throw new Fault("memory");
      await page.render({ canvasContext: context, viewport, background: "#fff" }).promise;
      page.cleanup();
      return fromCanvas(canvas, `${file.name}, ${number}`, 72 * scale);
    },
  };
}
