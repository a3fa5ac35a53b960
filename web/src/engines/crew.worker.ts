/** A thread that reads lines for the device's engine. */

import type { Delivery, Order } from "./crew";
import type { Model } from "./nets";
import { runtimeLoader } from "./runtimeModel";

const post = (delivery: Delivery): void => (self as unknown as Worker).postMessage(delivery);
const load = runtimeLoader();
let model: Promise<Model> | null = null;

self.onmessage = async ({ data }: MessageEvent<Order>): Promise<void> => {
  if ("bytes" in data) {
    model = load(data.bytes, "recognizer");
    model.catch(() => undefined); // whoever asks hears of it
    return;
  }
  try {
    post({ id: data.id, tensors: await (await model!).run(data.input, data.shape) });
  } catch (error) {
    post({ id: data.id, failed: error instanceof Error ? error.message : String(error) });
  }
};
