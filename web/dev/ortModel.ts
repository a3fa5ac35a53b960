/** Models in ONNX Runtime Web: to compare with. */

import * as ort from "onnxruntime-web/wasm";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { Loader, Tensor } from "../src/engines/nets";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm };

export const ortLoader: Loader = async (bytes) => {
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const wanted = session.outputNames.filter((name) => name !== "logits" && name !== "live");
  return {
    async run(input, shape) {
      const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", input, [...shape]) };
      const results = await session.run(feeds, wanted);
      return Object.fromEntries(
        wanted.map((name) => [name, { data: results[name].data as Tensor["data"], shape: results[name].dims }]),
      );
    },
  };
};
