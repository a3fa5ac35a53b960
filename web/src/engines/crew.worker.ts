/** A thread that reads lines for the device's engine. */

import type { Delivery, Order } from "./crew";
import type { Model } from "./nets";
import { runtimeLoader } from "./runtimeModel";

const post = (delivery: Delivery): void => (self as unknown as Worker).postMessage(delivery);
const load = runtimeLoader();
let model: Promise<Model> | null = null;

async function done(order: Order): Promise<Delivery> {
  if ("bytes" in order) {
    model = load(order.bytes, "recognizer");
    await model;
    return { id: order.id, tensors: {} };
  }
  return { id: order.id, tensors: await (await model!).run(order.input, order.shape) };
}

self.onmessage = async ({ data }: MessageEvent<Order>): Promise<void> => {
  try {
    post(await done(data));
  } catch (error) {
    post({ id: data.id, failed: error instanceof Error ? error.message : String(error) });
  }
};
