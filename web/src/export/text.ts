/** Plain text, JSON and hOCR of a document, as the command line writes them. */

import { type Line, type Page, bounds } from "../document";

/** The text of all pages, separated by form feeds. */
export function plainText(pages: readonly Page[]): string {
  return pages.map((page) => page.text).join("\f");
}

/** The result tree, schema 1. */
export function json(pages: readonly Page[], source: string, engine: string): string {
  const tree = pages.map(({ unread, ...page }, index) => {
    const lost = unread ? [`page ${index + 1}: ${unread === 1 ? "1 line" : `${unread} lines`} could not be read`] : [];
    const warnings = [...(page.warnings ?? []), ...lost];
    return { ...page, ...(warnings.length ? { warnings } : {}), number: index + 1 };
  });
  return JSON.stringify({ schema: 1, source, engine: { recognizer: engine }, pages: tree }, null, 1) + "\n";
}

const SPECIAL: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for XML: special characters escaped, those that XML 1.0 forbids left out. */
export function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "").replace(/[&<>"]/g, (c) => SPECIAL[c]);
}

function bbox(quad: Line["box"]): string {
  return "bbox " + bounds(quad).map((value) => Math.max(0, Math.round(value))).join(" ");
}

function hocrLine(line: Line, name: string): string {
  const words = line.words.map((word, w) => {
    const title = `${bbox(word.box)}; x_wconf ${Math.round(100 * word.confidence)}`;
    return `<span class="ocrx_word" id="word_${name}_${w + 1}" title="${title}">${escaped(word.text)}</span>`;
  });
  const [a, b] = line.box;
  const slope = ((b[1] - a[1]) / Math.max(1, b[0] - a[0])).toFixed(4);
  const title = `${bbox(line.box)}; baseline ${slope} 0; x_wconf ${Math.round(100 * line.confidence)}`;
  return `     <span class="ocr_line" id="line_${name}" title="${title}">${words.join(" ")}</span>\n`;
}

/** hOCR 1.2 as XHTML. */
export function hocr(pages: readonly Page[], title: string): string {
  const body = pages.map((page, p) => {
    const blocks = page.blocks.map((block, b) => {
      const name = `${p + 1}_${b + 1}`;
      const lines = block.lines.map((line, l) => hocrLine(line, `${name}_${l + 1}`)).join("");
      const box = bbox(block.box);
      return (
        `   <div class="ocr_carea" id="block_${name}" title="${box}">\n` +
        `    <p class="ocr_par" id="par_${name}" title="${box}">\n${lines}    </p>\n   </div>\n`
      );
    });
    const box = `bbox 0 0 ${page.width} ${page.height}; ppageno ${p}; scan_res ${Math.round(page.dpi)} ${Math.round(page.dpi)}`;
    return `  <div class="ocr_page" id="page_${p + 1}" title="${box}">\n${blocks.join("")}  </div>\n`;
  });
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n' +
    '<html xmlns="http://www.w3.org/1999/xhtml">\n <head>\n' +
    `  <title>${escaped(title)}</title>\n` +
    '  <meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>\n' +
    '  <meta name="ocr-system" content="ocr"/>\n' +
    '  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"/>\n' +
    ` </head>\n <body>\n${body.join("")} </body>\n</html>\n`
  );
}
