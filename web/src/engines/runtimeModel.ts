/** Models in the runtime of this project (``web/runtime``). */

import { NetError, loadNet } from "../../runtime/net.js";
import { Fault } from "./engine";
import type { Loader } from "./nets";
import type { Role } from "../reading/pipeline";

/** What went wrong, in words that the user can do something with. */
function faultOf(error: unknown, role: string): unknown {
  if (!(error instanceof NetError)) return error;
  if (error.code === "no-simd") return new Fault("noSimd");
  if (error.code === "memory") return new Fault("memory");
  if (error.code === "runtime") return new Fault("offlineFirst");
  return new Fault("modelMissing", { file: role, status: error.code });
}

/** What is copied out of a model; the logits of thousands of classes are not. */
const WANTED: Partial<Record<Role, readonly string[]>> = { recognizer: ["classes", "probabilities"] };

/** Loads models; ``module`` in place of the build that fits the browser. */
export function runtimeLoader(module?: WebAssembly.Module): Loader {
  return async (bytes, role) => {
    try {
      const net = await loadNet(bytes, { module });
      return {
        async run(input, shape) {
          try {
            return net.runSync(input, shape, WANTED[role]).outputs;
          } catch (error) {
            throw faultOf(error, role);
          }
        },
      };
    } catch (error) {
      throw faultOf(error, role);
    }
  };
}
