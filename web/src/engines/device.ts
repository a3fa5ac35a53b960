/** The engine on the device: the page's side of the worker. */

import type { Colour, Quad } from "../pixels/image";
import type { Zone } from "../mrz/zone";
import type { Answer, Calls, Method } from "./device.worker";
import { type Darkroom, type Engine, Fault, type Lang, type Picture, type ReadResult } from "./engine";

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  progress?: (share: number) => void;
}

export class DeviceEngine implements Engine, Darkroom {
  readonly kind = "device";
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private lang: Lang = "en";

  private start(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(new URL("./device.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(new Fault("failed", { reason: event.message || "worker" }));
    };
    return (this.worker = worker);
  }

  private hear(answer: Answer): void {
    const call = this.waiting.get(answer.id);
    if (!call) return;
    if ("progress" in answer) {
      call.progress?.(answer.progress);
      return;
    }
    this.waiting.delete(answer.id);
    if ("fault" in answer) call.reject(new Fault(answer.fault, answer.values));
    else call.resolve(answer.value);
  }

  /** Ends the worker; what waits fails. */
  private end(reason: unknown): void {
    this.worker?.terminate();
    this.worker = null;
    for (const call of this.waiting.values()) call.reject(reason);
    this.waiting.clear();
  }

  private call<M extends Method>(method: M, args: Calls[M], transfer: Transferable[] = [], progress?: (share: number) => void): Promise<unknown> {
    const worker = this.start();
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, progress });
      worker.postMessage({ id, method, args }, transfer);
    });
  }

  /** A call that a signal ends; the worker is started anew for the next one. */
  private async stoppable<T>(signal: AbortSignal, call: () => Promise<unknown>): Promise<T> {
    signal.throwIfAborted();
    const stop = (): void => this.end(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    try {
      return (await call()) as T;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async prepare(lang: Lang, progress: (share: number) => void): Promise<void> {
    this.lang = lang;
    await this.call("prepare", [lang], [], progress);
  }

  async read(picture: Picture, lang: Lang, progress: (share: number) => void, signal: AbortSignal): Promise<ReadResult> {
    const pixels = await picture.pixels();
    return this.stoppable(signal, () => this.call("read", [pixels, lang, picture.dpi, picture.upright === true], [pixels.data.buffer as ArrayBuffer], progress));
  }

  async zone(picture: Picture, signal: AbortSignal): Promise<Zone | null> {
    const pixels = await picture.pixels();
    return this.stoppable(signal, () => this.call("zone", [pixels, "en"], [pixels.data.buffer as ArrayBuffer]));
  }

  corners(photo: Colour): Promise<{ quad: Quad; confidence: number }> {
    return this.call("corners", [photo, this.lang], [photo.data.buffer as ArrayBuffer]) as Promise<{ quad: Quad; confidence: number }>;
  }

  straighten(photo: Colour, quad: Quad): Promise<Colour> {
    return this.call("straighten", [photo, quad, this.lang], [photo.data.buffer as ArrayBuffer]) as Promise<Colour>;
  }

  whiten(picture: Colour): Promise<Colour> {
    return this.call("whiten", [picture], [picture.data.buffer as ArrayBuffer]) as Promise<Colour>;
  }
}
