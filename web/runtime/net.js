// Nets of `ocr export --target web` in a browser or in Node.js: loaded from one file, run on one thread, without servers.
//
//     import { loadNet } from "./net.js";
//     const net = await loadNet(await (await fetch("recognizer.ocrnet")).arrayBuffer());
//     const { outputs } = await net.run(pixels, [1, 1, 32, width]);

const MAGIC = "OCRNET1\n";
const HEAD = 16; // bytes before the compressed body
const SHAPES = { NCHW: 0, NHW: 1, ONLY_N: 2, HW: 3, WNC: 4 };
const PLANES = 3; // layout of tensors without padded channels
const SIZES = { header: 68, tensor: 24, operation: 76, output: 32 };

/** What went wrong, with a `code` to translate: `no-simd`, `not-a-model`, `truncated`, `damaged`, `later-version`,
 * `shape`, `memory`, `runtime`. */
export class NetError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "NetError";
    this.code = code;
  }
}

const STATUS = [
  null,
  ["damaged", "the model file is damaged (its checksum differs); download it again"],
  ["damaged", "the model file is damaged (a place outside of it); export it again"],
  ["later-version", "the model file was made for a later version of this runtime; take net.js and both .wasm files of the same export"],
  ["shape", "the net does not take an input of this shape"],
  ["memory", "there is not enough memory for an input of this size; make the picture smaller"],
];

// Modules of a few bytes with an instruction of fixed-width SIMD, and of relaxed SIMD.
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];
const RELAXED = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11];

/** Which of the two builds this engine can run: `runtime-relaxed.wasm`, `runtime.wasm` or, without SIMD, neither. */
export function supported() {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(new Uint8Array(SIMD))) return null;
  return WebAssembly.validate(new Uint8Array(RELAXED)) ? "runtime-relaxed.wasm" : "runtime.wasm";
}

let compiled; // the promise of a module: all nets share its code

async function runtime() {
  const build = supported();
  if (!build) {
    throw new NetError("no-simd", "this browser has no WebAssembly SIMD; use Chrome 91, Firefox 89, Safari 16.4 or later");
  }
  const url =
    build === "runtime.wasm" ? new URL("./runtime.wasm", import.meta.url) : new URL("./runtime-relaxed.wasm", import.meta.url);
  try {
    if (url.protocol === "file:") {
      const files = await import(/* @vite-ignore */ "node:fs/promises");
      return await WebAssembly.compile(await files.readFile(url));
    }
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`HTTP status ${answer.status}`);
    return await WebAssembly.compile(await answer.arrayBuffer());
  } catch (error) {
    throw new NetError("runtime", `${url}: the runtime could not be loaded (${error.message}); put it beside net.js`);
  }
}

async function unpacked(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD || String.fromCharCode(...bytes.subarray(0, 8)) !== MAGIC) {
    throw new NetError("not-a-model", "this is no model file of ocr export --target web");
  }
  const length = view.getUint32(8, true);
  const body = new Uint8Array(length);
  let at = 0;
  try {
    const stream = new Blob([bytes.subarray(HEAD)]).stream().pipeThrough(new DecompressionStream("deflate"));
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > length) throw new Error("too long");
      body.set(part.value, at);
      at += part.value.length;
    }
  } catch (error) {
    throw new NetError("truncated", `the model file is damaged or incomplete (${error.message}); download it again`);
  }
  if (at !== length) throw new NetError("truncated", "the model file is incomplete; download it again");
  return { body, checksum: view.getUint32(12, true) };
}

function check(status, detail = "") {
  if (status) throw new NetError(STATUS[status][0], STATUS[status][1] + detail);
}

function text(view, at, length) {
  let name = "";
  for (let k = at; k < at + length && view.getUint8(k); ++k) name += String.fromCharCode(view.getUint8(k));
  return name;
}

/** A net in memory of its own. */
class Net {
  #code;
  #header;
  #planes;

  constructor(code, body, checksum) {
    this.#code = code;
    const place = code.reserve(body.length);
    if (!place) check(5);
    new Uint8Array(code.memory.buffer, place, body.length).set(body);
    let status;
    try {
      status = code.load(place, body.length, checksum | 0);
    } catch {
      status = 2; // it reached beyond its memory
    }
    check(status);
    const view = new DataView(code.memory.buffer);
    const count = (k) => view.getInt32(place + 8 + 4 * k, true);
    const [tensors, operations, outputs] = [count(0), count(1), count(2)];
    const specs = place + SIZES.header;
    const list = specs + SIZES.tensor * tensors + SIZES.operation * operations;
    this.#planes = count(4);
    this.#header = Array.from({ length: outputs }, (_, k) => {
      const at = list + SIZES.output * k;
      const tensor = view.getInt32(at, true);
      const spec = specs + SIZES.tensor * tensor;
      return {
        tensor,
        form: view.getInt32(at + 4, true),
        name: text(view, at + 8, 24),
        planes: view.getInt32(spec, true) === PLANES,
        channels: view.getInt32(spec + 4, true),
      };
    });
    this.input = text(view, place + 40, 28);
    this.outputs = this.#header.map((output) => output.name);
  }

  async run(input, shape, wanted) {
    return this.runSync(input, shape, wanted);
  }

  runSync(input, shape, wanted = this.outputs) {
    const [n, planes, height, width] = shape;
    const size = `: [${shape.join(", ")}] with ${input.length} values`;
    if (shape.length !== 4 || !shape.every(Number.isInteger) || input.length !== n * planes * height * width) check(4, size);
    check(this.#code.plan(n, planes, height, width), size);
    const { memory } = this.#code;
    const place = new DataView(memory.buffer).getUint32(this.#code.tensor(0) + 12, true);
    new Float32Array(memory.buffer, place, input.length).set(input);
    try {
      this.#code.run();
    } catch (error) {
      throw new NetError("damaged", `the model cannot be run (${error.message}); export it again`);
    }
    const view = new DataView(memory.buffer);
    const asked = this.#header.filter((output) => wanted.includes(output.name));
    const outputs = Object.fromEntries(asked.map((output) => [output.name, this.#read(view, output)]));
    return { ...outputs[asked[0]?.name], outputs };
  }

  #read(view, output) {
    const at = this.#code.tensor(output.tensor);
    const [n, h, w, place] = [0, 4, 8, 12].map((k) => view.getInt32(at + k, true));
    const c = output.channels;
    const stride = output.planes ? c : Math.ceil(c / 8) * 8;
    const from = new Float32Array(view.buffer, place >>> 0, n * h * w * stride);
    if (output.form !== SHAPES.WNC) {
      const shapes = [[n, c, h, w], [n, h, w], [n], [h, w]];
      return { data: from.slice(), shape: shapes[output.form] };
    }
    const data = new Float32Array(w * n * c);
    for (let line = 0; line < n; ++line)
      for (let t = 0; t < w; ++t) {
        const start = (line * w + t) * stride;
        data.set(from.subarray(start, start + c), (t * n + line) * c);
      }
    return { data, shape: [w, n, c] };
  }
}

/** Load a net from the bytes of an `.ocrnet` file. Throws a `NetError`. */
export async function loadNet(bytes, options = {}) {
  const { body, checksum } = await unpacked(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
  const module = options.module ?? (await (compiled ??= runtime().catch((error) => ((compiled = undefined), Promise.reject(error)))));
  const { exports } = await WebAssembly.instantiate(module);
  return new Net(exports, body, checksum);
}
