/** The device's engine in a thread of its own: calls come as messages, answers and progress go back. */

import { crewLoader, handsOf } from "./crew";
import { Fault, type Lang } from "./engine";
import { runtimeLoader } from "./runtimeModel";
import type { Colour, Quad } from "../pixels/image";
import { Work, checkSimd } from "./work";

/** What can be asked; a picture that is null is the one of the call before. */
export interface Calls {
  prepare: [Lang];
  corners: [Colour | null, Lang];
  straighten: [Colour | null, Quad, Lang];
  whiten: [Colour | null, Lang];
  read: [Colour | null, Lang, number, boolean];
  zone: [Colour | null, Lang];
}

export type Method = keyof Calls;
export type Request = { [M in Method]: { id: number; method: M; args: Calls[M] } }[Method];
export type Answer =
  | { id: number; progress: number }
  | { id: number; value: unknown }
  | { id: number; fault: string; values: Record<string, string | number> };

/** Milliseconds between two messages of progress. */
const TELL = 100;

const post = (answer: Answer, transfer: Transferable[] = []): void =>
  (self as unknown as Worker).postMessage(answer, transfer);

const models = new URL("models", self.location.href.replace(/\/assets\/[^/]*$|\/src\/engines\/[^/]*$/, "/")).href;
const crew = (): Worker => new Worker(new URL("./crew.worker.ts", import.meta.url), { type: "module" });
const load = runtimeLoader();
const work = new Work(models, crewLoader(load, handsOf(), crew), load);

/** The picture of the last call: it is decoded once, and corners, straightening and reading follow each other. */
let kept: Colour | null = null;

function pictureOf(pixels: Colour | null): Colour {
  kept = pixels ?? kept;
  if (!kept) throw new Fault("failed", { reason: "picture" });
  return kept;
}

async function answer(request: Request): Promise<unknown> {
  let told = 0;
  const progress = (share: number): void => {
    if (performance.now() - told < TELL) return;
    told = performance.now();
    post({ id: request.id, progress: share });
  };
  switch (request.method) {
    case "prepare":
      checkSimd();
      await work.prepare(request.args[0], progress);
      return null;
    case "corners":
      return work.corners(pictureOf(request.args[0]), request.args[1]);
    case "straighten":
      return work.straighten(pictureOf(request.args[0]), request.args[1], request.args[2]);
    case "whiten":
      return work.whiten(pictureOf(request.args[0]), request.args[1]);
    case "read": {
      const [pixels, ...rest] = request.args;
      const picture = pictureOf(pixels);
      kept = null;
      return work.read(picture, ...rest, progress);
    }
    case "zone":
      return work.zone(pictureOf(request.args[0]), request.args[1]);
  }
}

self.onmessage = async (event: MessageEvent<Request>): Promise<void> => {
  const { id } = event.data;
  try {
    const value = await answer(event.data);
    const picture = value as Partial<Colour> | null;
    const transfer = picture && picture.data instanceof Uint8ClampedArray ? [picture.data.buffer as ArrayBuffer] : [];
    post({ id, value }, transfer);
  } catch (error) {
    if (error instanceof Fault) post({ id, fault: error.key, values: { ...error.values } });
    else post({ id, fault: "failed", values: { reason: error instanceof Error ? error.message : String(error) } });
  }
};
