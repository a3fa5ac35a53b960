/** Lines are read by several threads at once: phones have cores too. Each thread has the recogniser for itself. */

import type { Loader, Model, Tensor } from "./nets";

/** The model to load first, then lines. */
export type Order =
  | { readonly id: number; readonly bytes: Uint8Array }
  | { readonly id: number; readonly input: Float32Array; readonly shape: readonly number[] };
/** What came of an order; nothing of a model that was loaded. */
export type Delivery = { readonly id: number; readonly tensors: Readonly<Record<string, Tensor>> } | { readonly id: number; readonly failed: string };

/** Lines that wait in a thread while it reads another. */
const AHEAD = 1;
const MOST_HANDS = 3;

/** How many threads read lines. The one that asks cuts the lines out, which is quick, so it needs no core for itself. */
export function handsOf(cores = navigator.hardwareConcurrency): number {
  if (typeof Worker === "undefined") return 0; // a browser whose workers start no others
  return cores > 1 ? Math.min(MOST_HANDS, cores) : 0;
}

interface Waiting {
  resolve(tensors: Readonly<Record<string, Tensor>>): void;
  reject(reason: unknown): void;
}

/** One of the threads. */
class Hand {
  private readonly waiting = new Map<number, Waiting>();
  private next = 0;

  constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<Delivery>) => {
      const call = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ("tensors" in data) call?.resolve(data.tensors);
      else call?.reject(new Error(data.failed));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end();
    };
  }

  get busy(): number {
    return this.waiting.size;
  }

  async load(bytes: Uint8Array): Promise<void> {
    await this.call((id) => ({ id, bytes }));
  }

  run(input: Float32Array, shape: readonly number[]): Promise<Readonly<Record<string, Tensor>>> {
    return this.call((id) => ({ id, input, shape }));
  }

  private call(order: (id: number) => Order): Promise<Readonly<Record<string, Tensor>>> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage(order(id));
    });
  }

  /** What waits fails. */
  end(): void {
    this.worker.terminate();
    for (const call of this.waiting.values()) call.reject(new Error("the thread ended"));
    this.waiting.clear();
  }
}

/**
 * Loads recognisers for ``count`` threads. Where one of them cannot load it, or fails, the model runs in this thread.
 *
 * @param load loads a model in this thread.
 * @param worker starts a thread: ``crew.worker.ts``.
 */
export function crewLoader(load: Loader, count: number, worker: () => Worker): Loader {
  return async (bytes, role) => {
    if (role !== "recognizer" || count < 1) return load(bytes, role);
    let hands: Hand[] = [];
    const dismiss = (): void => {
      for (const hand of hands) hand.end();
      hands = [];
    };
    try {
      for (let k = 0; k < count; k++) hands.push(new Hand(worker()));
      await Promise.all(hands.map((hand) => hand.load(bytes)));
    } catch {
      dismiss();
      return load(bytes, role); // if the file is at fault, this says so
    }
    let local: Promise<Model> | null = null;
    return {
      lanes: count * (1 + AHEAD),
      async run(input, shape) {
        if (hands.length) {
          const free = hands.reduce((best, hand) => (hand.busy < best.busy ? hand : best));
          try {
            return await free.run(input, shape);
          } catch {
            dismiss();
          }
        }
        return (await (local ??= load(bytes, role))).run(input, shape);
      },
    };
  };
}
