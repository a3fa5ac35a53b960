/** Numbers and their dimensions, as in the ONNX model. */
export interface Tensor {
  data: Float32Array;
  shape: number[];
}

/** The first of the wanted outputs, and all of them by name. */
export interface Result extends Tensor {
  outputs: Record<string, Tensor>;
}

export interface Net {
  /** Name of the input in the ONNX model. */
  readonly input: string;
  /** Names of the outputs. */
  readonly outputs: readonly string[];
  /** Run on an input N x C x H x W. It blocks its thread, so run nets in a worker. `wanted` are names of outputs, all if
   * left out; only they are copied, and the logits of thousands of classes are large. */
  run(input: Float32Array, shape: readonly number[], wanted?: readonly string[]): Promise<Result>;
  runSync(input: Float32Array, shape: readonly number[], wanted?: readonly string[]): Result;
}

export type NetErrorCode =
  | "no-simd"
  | "not-a-model"
  | "truncated"
  | "damaged"
  | "later-version"
  | "shape"
  | "memory"
  | "runtime";

export class NetError extends Error {
  readonly code: NetErrorCode;
}

/** Which build this engine runs; `null` where it has no WebAssembly SIMD. */
export function supported(): "runtime.wasm" | "runtime-relaxed.wasm" | null;

/** Load a net from the bytes of an `.ocrnet` file; `module` in place of the .wasm file beside net.js. */
export function loadNet(bytes: ArrayBuffer | Uint8Array, options?: { module?: WebAssembly.Module }): Promise<Net>;
