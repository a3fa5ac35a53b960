/** The device's engine in a thread of its own: calls come as messages, answers and progress go back. */

import { crewLoader, handsOf } from "./crew";
import { Fault, type Lang } from "./engine";
import { runtimeLoader } from "./runtimeModel";
import { giveBack, pixelsOfFrame } from "../pixels/frame";
import type { Colour, Quad } from "../pixels/image";
import { Work, checkSimd } from "./work";

/** A picture that is given, as pixels or as a frame to make them of; or none. */
type Given = Colour | VideoFrame | null;

/** What can be asked; a picture that is null is the one of the call before. */
export interface Calls {
  prepare: [Lang];
  corners: [Given, Lang];
  straighten: [Given, Quad, Lang];
  whiten: [Given, Lang];
  read: [Given, Lang, number, boolean];
  zone: [Given, Lang];
}

export type Method = keyof Calls;
export type Request = { [M in Method]: { id: number; method: M; args: Calls[M] } }[Method];
export type Answer =
  | { id: number; progress: number }
  | { id: number; value: unknown }
  | { id: number; fault: string; values: Record<string, string | number> };

/** Least milliseconds and share of the work between two messages of progress: each draws the page anew. */
const TELL = 500;
const STEP = 0.1;

const post = (answer: Answer, transfer: Transferable[] = []): void =>
  (self as unknown as Worker).postMessage(answer, transfer);

const models = new URL("models", self.location.href.replace(/\/assets\/[^/]*$|\/src\/engines\/[^/]*$/, "/")).href;
const crew = (): Worker => new Worker(new URL("./crew.worker.ts", import.meta.url), { type: "module" });
const load = runtimeLoader();
const work = new Work(models, crewLoader(load, handsOf(), crew), load);

/** The picture of the last call: it is decoded once, and corners, straightening and reading follow each other. */
let kept: Promise<Colour> | null = null;
/** Calls that are being answered. */
let asked = 0;

function pictureOf(given: Given): Promise<Colour> {
  if (given) kept = "data" in given ? Promise.resolve(given) : pixelsOfFrame(given);
  if (!kept) throw new Fault("failed", { reason: "picture" });
  return kept;
}

async function answer(request: Request): Promise<unknown> {
  let [told, last] = [0, -1];
  const progress = (share: number): void => {
    if (performance.now() - told < TELL || share - last < STEP) return;
    [told, last] = [performance.now(), share];
    post({ id: request.id, progress: share });
  };
  switch (request.method) {
    case "prepare":
      checkSimd();
      await work.prepare(request.args[0], progress);
      return null;
    case "corners":
      return work.corners(await pictureOf(request.args[0]), request.args[1]);
    case "straighten":
      return work.straighten(await pictureOf(request.args[0]), request.args[1], request.args[2]);
    case "whiten":
      return work.whiten(await pictureOf(request.args[0]), request.args[1]);
    case "read": {
      const [given, ...rest] = request.args;
      const pending = pictureOf(given);
      kept = null;
      const picture = await pending;
      const result = await work.read(picture, ...rest, progress);
      if (asked === 1) giveBack(picture); // no other call has it
      return result;
    }
    case "zone":
      return work.zone(await pictureOf(request.args[0]), request.args[1]);
  }
}

self.onmessage = async (event: MessageEvent<Request>): Promise<void> => {
  const { id } = event.data;
  asked++;
  try {
    const value = await answer(event.data);
    const picture = value as Partial<Colour> | null;
    const transfer = picture && picture.data instanceof Uint8ClampedArray ? [picture.data.buffer as ArrayBuffer] : [];
    post({ id, value }, transfer);
  } catch (error) {
    if (error instanceof Fault) post({ id, fault: error.key, values: { ...error.values } });
    else post({ id, fault: "failed", values: { reason: error instanceof Error ? error.message : String(error) } });
  } finally {
    asked--;
  }
};
