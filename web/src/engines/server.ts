/** The engine on a server: the HTTP API of ``ocr serve``, at the address that this page came from. */

import type { Page } from "../document";
import type { Zone } from "../mrz/zone";
import type { Point, Quad } from "../pixels/image";
import { type Card, type Engine, Fault, type Lang, type Picture, type ReadResult } from "./engine";

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly message?: string;
}

export class ServerEngine implements Engine {
  readonly kind = "server";

  constructor(
    private readonly token: () => string,
    private readonly base = new URL(".", location.href).href,
  ) {}

  /** Whether a server of ocr answers. */
  async there(): Promise<boolean> {
    if (!/^https?:/.test(this.base)) return false;
    try {
      const response = await fetch(`${this.base}healthz`, { signal: AbortSignal.timeout(15_000), cache: "no-store" });
      return response.ok && (response.headers.get("content-type") ?? "").includes("json");
    } catch {
      return false;
    }
  }

  async prepare(_lang: Lang, progress: (share: number) => void): Promise<void> {
    progress(1);
  }

  private async post(path: string, files: Readonly<Record<string, Blob>>, fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    for (const [name, file] of Object.entries(files)) form.set(name, file, file instanceof File ? file.name : "page.jpg");
    const headers: Record<string, string> = this.token() ? { Authorization: `Bearer ${this.token()}` } : {};
    let response: Response;
    try {
      response = await fetch(this.base + path, { method: "POST", body: form, headers, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Fault("serverGone");
    }
    if (response.ok) return response;
    if (response.status === 401) throw new Fault("serverToken");
    if (response.status === 429 || response.status === 503)
      throw new Fault("serverBusy", { seconds: response.headers.get("retry-after") ?? "10" });
    const problem = (await response.json().catch(() => ({}))) as Problem;
    throw new Fault("serverFailed", { reason: problem.detail ?? problem.message ?? problem.title ?? response.statusText });
  }

  async read(picture: Picture, lang: Lang, progress: (share: number) => void, signal: AbortSignal): Promise<ReadResult> {
    progress(0.05);
    const response = await this.post("v1/read", { file: picture.blob }, { lang, format: "json" }, signal);
    const tree = (await response.json()) as { pages: (Page & { rotation?: number })[] };
    const page = tree.pages[0];
    return { page: uprightPage(page, page.rotation ?? 0), turned: page.rotation ?? 0 };
  }

  async readFile(file: File, lang: Lang, hear: (page: Page) => void, signal: AbortSignal): Promise<void> {
    const response = await this.post("v1/read", { file }, { lang, format: "json", stream: "true" }, signal);
    for await (const { event, data } of events(response)) {
      if (event === "page") hear(data as Page);
      if (event === "error") {
        const problem = data as Problem;
        throw new Fault("serverFailed", { reason: problem.detail ?? problem.message ?? problem.title ?? "" });
      }
    }
  }

  async zone(picture: Picture, signal: AbortSignal): Promise<Zone | null> {
    try {
      return (await (await this.post("v1/mrz", { file: picture.blob }, {}, signal)).json()) as Zone;
    } catch (error) {
      if (error instanceof Fault && error.key === "serverFailed" && /zone/.test(String(error.values.reason))) return null;
      throw error;
    }
  }

  async card(pictures: readonly Picture[], signal: AbortSignal): Promise<Card> {
    const [front, back] = pictures;
    const files: Record<string, Blob> = back ? { front: front.blob, back: back.blob } : { file: front.blob };
    return cardOf((await (await this.post("v1/idcard", files, {}, signal)).json()) as Record<string, unknown>);
  }
}

/** Server-sent events of a response. */
export async function* events(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    waiting += done ? "\n\n" : value.replace(/\r\n?/g, "\n");
    let end = waiting.indexOf("\n\n");
    for (; end >= 0; end = waiting.indexOf("\n\n")) {
      const rows = waiting.slice(0, end).split("\n");
      waiting = waiting.slice(end + 2);
      const event = rows.find((row) => row.startsWith("event:"))?.slice(6).trim() ?? "message";
      const data = rows.filter((row) => row.startsWith("data:")).map((row) => row.slice(5).trimStart()).join("\n");
      if (data) yield { event, data: JSON.parse(data) as unknown };
    }
    if (done) return;
  }
}

/** A page whose boxes are those of the picture turned clockwise by ``degrees``. */
export function uprightPage(page: Page, degrees: number): Page {
  if (!degrees) return page;
  const { width: w, height: h } = page;
  const turn = ([x, y]: Point): Point => (degrees === 90 ? [h - y, x] : degrees === 180 ? [w - x, h - y] : [y, w - x]);
  const quad = (box: Quad): Quad => box.map(turn) as unknown as Quad;
  const blocks = page.blocks.map((block) => ({
    ...block,
    box: quad(block.box),
    lines: block.lines.map((line) => ({
      ...line,
      box: quad(line.box),
      words: line.words.map((word) => ({
        ...word,
        box: quad(word.box),
        chars: word.chars.map((char) => ({ ...char, box: quad(char.box) })),
      })),
    })),
  }));
  const sideways = degrees % 180 !== 0;
  return { ...page, width: sideways ? h : w, height: sideways ? w : h, blocks };
}

const CARD_FIELDS = ["name", "sex", "ethnicity", "birth", "address", "number", "issuer", "valid_from", "valid_to"];

function cardOf(said: Record<string, unknown>): Card {
  const fields = CARD_FIELDS.flatMap((name) => {
    const field = said[name] as { value: string; confidence: number; valid: boolean | null } | undefined;
    return field ? [{ name, ...field }] : [];
  });
  return { side: String(said.side), fields, problems: (said.problems ?? []) as string[] };
}
