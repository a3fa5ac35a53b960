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
  /** The file whose pixels the worker has. */
  private kept: Blob | null = null;

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
    this.kept = null;
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

  /** A call with the pixels of a picture; they are decoded only if the worker does not have them from the call before. */
  private async about(
    picture: Picture, call: (pixels: Colour | VideoFrame | null, transfer: Transferable[]) => Promise<unknown>, signal?: AbortSignal,
  ): Promise<unknown> {
    const pixels = this.kept === picture.blob ? null : await picture.handed();
    signal?.throwIfAborted();
    this.kept = picture.blob;
    return call(pixels, pixels ? ["data" in pixels ? (pixels.data.buffer as ArrayBuffer) : pixels] : []);
  }

  read(picture: Picture, lang: Lang, progress: (share: number) => void, signal: AbortSignal): Promise<ReadResult> {
    return this.stoppable(signal, () =>
      this.about(picture, (pixels, transfer) => {
        this.kept = null; // the worker gives them up
        return this.call("read", [pixels, lang, picture.dpi, picture.upright === true], transfer, progress);
      }, signal),
    );
  }

  zone(picture: Picture, signal: AbortSignal): Promise<Zone | null> {
    return this.stoppable(signal, () => this.about(picture, (pixels, transfer) => this.call("zone", [pixels, "en"], transfer), signal));
  }

  corners(photo: Picture): Promise<{ quad: Quad; confidence: number }> {
    return this.about(photo, (pixels, transfer) => this.call("corners", [pixels, this.lang], transfer)) as Promise<{ quad: Quad; confidence: number }>;
  }

  straighten(photo: Picture, quad: Quad): Promise<Colour> {
    return this.about(photo, (pixels, transfer) => this.call("straighten", [pixels, quad, this.lang], transfer)) as Promise<Colour>;
  }

  whiten(picture: Picture): Promise<Colour> {
    return this.about(picture, (pixels, transfer) => this.call("whiten", [pixels, this.lang], transfer)) as Promise<Colour>;
  }
}
