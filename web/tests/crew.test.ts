/** Lines that are read by several threads, some of which fail. */

import { expect, test } from "vitest";
import { type Order, crewLoader, handsOf } from "../src/engines/crew";
import type { Loader } from "../src/engines/nets";

const SHAPE = [1, 1, 32, 8];

/** A thread that doubles numbers; ``broken`` says which orders it fails. */
class Thread {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { preventDefault(): void; message: string }) => void) | null = null;
  ended = false;
  readonly seen: Order[] = [];

  constructor(private readonly broken: (order: Order) => "no" | "fails" | "dies") {}

  postMessage(order: Order): void {
    this.seen.push(order);
    queueMicrotask(() => {
      if (this.ended) return;
      const how = this.broken(order);
      if (how === "dies") this.onerror?.({ preventDefault: () => undefined, message: "out of memory" });
      else if (how === "fails") this.onmessage?.({ data: { id: order.id, failed: "no" } });
      else if ("bytes" in order) this.onmessage?.({ data: { id: order.id, tensors: {} } });
      else this.onmessage?.({ data: { id: order.id, tensors: { out: { data: order.input.map((x) => 2 * x), shape: order.shape } } } });
    });
  }

  terminate(): void {
    this.ended = true;
  }
}

let loaded = 0;
const here: Loader = async (bytes) => {
  loaded++;
  if (!bytes.length) throw new Error("the model file is damaged");
  return { run: async (input, shape) => ({ out: { data: input.map((x) => 2 * x), shape } }) };
};

async function made(count: number, broken: (order: Order, thread: number) => "no" | "fails" | "dies") {
  const threads: Thread[] = [];
  loaded = 0;
  const loader = crewLoader(here, count, () => {
    const number = threads.length;
    threads.push(new Thread((order) => broken(order, number)));
    return threads[number] as unknown as Worker;
  });
  return { threads, loader };
}

async function results(loader: Loader, bytes = Uint8Array.of(1)): Promise<number[]> {
  const model = await loader(bytes, "recognizer");
  const runs = Array.from({ length: 9 }, (_, k) => model.run(Float32Array.of(k), SHAPE));
  return (await Promise.all(runs)).map(({ out }) => out.data[0] as number);
}

const WANTED = [0, 2, 4, 6, 8, 10, 12, 14, 16];

test("lines go to the thread that has least to do, and come back in their order", async () => {
  const { threads, loader } = await made(3, () => "no");
  expect(await results(loader)).toEqual(WANTED);
  expect(threads.map((thread) => thread.seen.length)).toEqual([4, 4, 4]);
  expect(loaded).toBe(0);
});

test.each(["fails", "dies"] as const)("a thread that %s: all lines are read in this one", async (how) => {
  const { threads, loader } = await made(2, (order, thread) => (thread === 1 && "input" in order && order.input[0] > 2 ? how : "no"));
  expect(await results(loader)).toEqual(WANTED);
  expect(loaded).toBe(1);
  expect(threads.every((thread) => thread.ended)).toBe(true);
});

test("threads that cannot load the model, or cannot be started", async () => {
  const { loader } = await made(2, (order) => ("bytes" in order ? "fails" : "no"));
  expect(await results(loader)).toEqual(WANTED);
  await expect(loader(new Uint8Array(0), "recognizer")).rejects.toThrow("damaged");
  const none = crewLoader(here, 2, () => {
    throw new ReferenceError("Worker is not defined");
  });
  expect(await results(none)).toEqual(WANTED);
});

test("other models, and devices of one core, have no threads", async () => {
  const { threads, loader } = await made(2, () => "no");
  expect((await loader(Uint8Array.of(1), "detector")).lanes).toBeUndefined();
  expect(threads).toEqual([]);
  (globalThis as { Worker?: unknown }).Worker ??= Thread;
  expect([1, 2, 4, 64, 0].map(handsOf)).toEqual([0, 2, 3, 3, 0]);
});
