/** The device's engine in a thread of its own: calls come as messages, answers and progress go back. */

import { Fault, type Lang } from "./engine";
import { runtimeLoader } from "./runtimeModel";
import type { Colour, Quad } from "../pixels/image";
import { Work, checkSimd } from "./work";

export interface Calls {
  prepare: [Lang];
  corners: [Colour, Lang];
  straighten: [Colour, Quad, Lang];
  whiten: [Colour];
  read: [Colour, Lang, number, boolean];
  zone: [Colour, Lang];
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

const work = new Work(new URL("models", self.location.href.replace(/\/assets\/[^/]*$|\/src\/engines\/[^/]*$/, "/")).href, runtimeLoader());

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
      return work.corners(...request.args);
    case "straighten":
      return work.straighten(...request.args);
    case "whiten":
      return work.whiten(...request.args);
    case "read":
      return work.read(...request.args, progress);
    case "zone":
      return work.zone(...request.args);
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
