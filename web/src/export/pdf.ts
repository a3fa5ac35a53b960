/**
 * A searchable PDF: each page is its picture, a JPEG, under invisible text (rendering mode 3) at the place of each word.
 * The meaning of codes is in a ToUnicode map, so that every script can be searched and copied.
 */

import { type Line, type Page, type Word, linesOf } from "../document";
import { ADVANCE, truetype } from "./glyphless";

export interface PdfPage {
  readonly page: Page;
  /** The picture of the page: bytes of a JPEG in RGB or grey. */
  readonly jpeg: Uint8Array;
  readonly channels?: 1 | 3;
  /** Size of the JPEG in pixels, where it is not that of the page. */
  readonly pixels?: { readonly width: number; readonly height: number };
}

const encoder = new TextEncoder();

/** Objects and their offsets, written one after the other. */
class Writer {
  private readonly parts: Uint8Array[] = [];
  private readonly offsets: number[] = [];
  private length = 0;

  constructor() {
    this.put(Uint8Array.from([...encoder.encode("%PDF-1.6\n%"), 0xe2, 0xe3, 0xcf, 0xd3, 10]));
  }

  private put(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  object(number: number, body: string): void {
    this.offsets[number] = this.length;
    this.put(`${number} 0 obj\n${body}\nendobj\n`);
  }

  stream(number: number, entries: string, data: Uint8Array): void {
    this.offsets[number] = this.length;
    this.put(`${number} 0 obj\n<< ${entries} /Length ${data.length} >>\nstream\n`);
    this.put(data);
    this.put("\nendstream\nendobj\n");
  }

  close(root: number, info: number): Blob {
    const start = this.length;
    const rows = this.offsets.slice(1).map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
    this.put(`xref\n0 ${rows.length + 1}\n0000000000 65535 f \n${rows.join("")}`);
    this.put(`trailer\n<< /Size ${rows.length + 1} /Root ${root} 0 R /Info ${info} 0 R >>\nstartxref\n${start}\n%%EOF\n`);
    return new Blob(this.parts as BlobPart[], { type: "application/pdf" });
  }
}

/** Codes of the characters that occur, from 1 on, and their meaning. */
class Codes {
  private readonly codes = new Map<string, number>();

  encode(text: string): string {
    let hex = "";
    for (const character of text) {
      let code = this.codes.get(character);
      if (code === undefined) {
        code = Math.min(this.codes.size + 1, 0xffff);
        this.codes.set(character, code);
      }
      hex += code.toString(16).padStart(4, "0");
    }
    return `<${hex}>`;
  }

  get size(): number {
    return this.codes.size;
  }

  toUnicode(): string {
    const rows = [...this.codes].map(([character, code]) => {
      let utf16 = "";
      for (let k = 0; k < character.length; k++) utf16 += character.charCodeAt(k).toString(16).padStart(4, "0");
      return `<${code.toString(16).padStart(4, "0")}> <${utf16}>`;
    });
    const sections: string[] = [];
    for (let k = 0; k < rows.length; k += 100) {
      const batch = rows.slice(k, k + 100);
      sections.push(`${batch.length} beginbfchar\n${batch.join("\n")}\nendbfchar\n`);
    }
    return (
      "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
      "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
      `1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n${sections.join("")}` +
      "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    );
  }
}

function number(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** Operators that show a word where it stands: its font is as high as its box, and stretched to its width. */
function shown(word: Word, last: boolean, scale: number, height: number, codes: Codes): string {
  const [a, b, , d] = word.box;
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const size = (Math.hypot(d[0] - a[0], d[1] - a[1]) || 1) * scale;
  const cosine = (b[0] - a[0]) / length;
  const sine = -(b[1] - a[1]) / length;
  const count = [...word.text].length || 1;
  const stretch = (100 * length * scale) / ((count * size * ADVANCE) / 1000);
  const text = codes.encode(last ? word.text : `${word.text} `);
  const matrix = [size * cosine, size * sine, -size * sine, size * cosine, d[0] * scale, height - d[1] * scale].map(number);
  return `${matrix.join(" ")} Tm ${number(stretch)} Tz ${text} Tj`;
}

function textLayer(lines: readonly Line[], scale: number, height: number, codes: Codes): string {
  const rows = lines.flatMap((line) => {
    const words: readonly Word[] = line.words.length ? line.words : [{ ...line, chars: [] }];
    return words.map((word, k) => shown(word, k === words.length - 1, scale, height, codes));
  });
  return `BT /F1 1 Tf 3 Tr\n${rows.join("\n")}\nET`;
}

/** Bytes of a text string of PDF: UTF-16 with a byte order mark, in hexadecimal. */
function textString(text: string): string {
  let hex = "feff";
  for (let k = 0; k < text.length; k++) hex += text.charCodeAt(k).toString(16).padStart(4, "0");
  return `<${hex}>`;
}

function writeFont(out: Writer, first: number, codes: Codes): void {
  const file = truetype();
  const toGlyph = new Uint8Array(2 * (codes.size + 1)).map((_, k) => k % 2);
  const name = "/BaseFont /OcrGlyphless";
  out.object(first, `<< /Type /Font /Subtype /Type0 ${name} /Encoding /Identity-H /DescendantFonts [${first + 1} 0 R] /ToUnicode ${first + 4} 0 R >>`);
  out.object(
    first + 1,
    `<< /Type /Font /Subtype /CIDFontType2 ${name} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> ` +
      `/FontDescriptor ${first + 2} 0 R /DW ${ADVANCE} /CIDToGIDMap ${first + 5} 0 R >>`,
  );
  out.object(
    first + 2,
    `<< /Type /FontDescriptor /FontName /OcrGlyphless /Flags 5 /FontBBox [0 0 ${ADVANCE} 1000] /ItalicAngle 0 ` +
      `/Ascent 1000 /Descent -1 /CapHeight 1000 /StemV 80 /FontFile2 ${first + 3} 0 R >>`,
  );
  out.stream(first + 3, `/Length1 ${file.length}`, file);
  out.stream(first + 4, "", encoder.encode(codes.toUnicode()));
  out.stream(first + 5, "", toGlyph);
}

/** One PDF of several pages. */
export function searchablePdf(pages: readonly PdfPage[], title: string): Blob {
  const out = new Writer();
  const codes = new Codes();
  const font = 4;
  const first = 10;
  const kids = pages.map((_, k) => `${first + 3 * k} 0 R`).join(" ");
  out.object(1, "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>");
  out.object(2, `<< /Type /Pages /Count ${pages.length} /Kids [${kids}] >>`);
  out.object(3, `<< /Title ${textString(title)} /Producer (ocr) >>`);
  pages.forEach(({ page, jpeg, channels = 3, pixels }, k) => {
    const number0 = first + 3 * k;
    const scale = 72 / (page.dpi > 0 ? page.dpi : 200);
    const [width, height] = [page.width * scale, page.height * scale];
    const content = `q ${number(width)} 0 0 ${number(height)} 0 0 cm /Im1 Do Q\n${textLayer(linesOf(page), scale, height, codes)}\n`;
    out.object(
      number0,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${number(width)} ${number(height)}] /Contents ${number0 + 1} 0 R ` +
        `/Resources << /XObject << /Im1 ${number0 + 2} 0 R >> /Font << /F1 ${font} 0 R >> >> >>`,
    );
    out.stream(number0 + 1, "", encoder.encode(content));
    const size = pixels ?? page;
    const space = channels === 1 ? "/DeviceGray" : "/DeviceRGB";
    out.stream(
      number0 + 2,
      `/Type /XObject /Subtype /Image /Width ${size.width} /Height ${size.height} /ColorSpace ${space} /BitsPerComponent 8 /Filter /DCTDecode`,
      jpeg,
    );
  });
  writeFont(out, font, codes);
  return out.close(1, 3);
}
