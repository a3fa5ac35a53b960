"""The README of an exported folder: what is in it, and the lines of code that its runtime needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ocr.export.check import Report
from ocr.export.description import CHARSET, Part
from ocr.export.targets import Target

__all__ = ["CODE", "readme"]

CODE: Final[Mapping[str, str]] = {
    "onnx": """```python
import numpy as np, onnxruntime

net = onnxruntime.InferenceSession("recognizer.onnx")
# line: (32, W) grey, dark on light; W is a multiple of 8, the rest is padded with 255
classes, probabilities = net.run(["classes", "probabilities"], {"lines": line[None, None] / np.float32(127.5) - 1})
```

`python reference.py page.png` reads a page with numpy, OpenCV and ONNX Runtime alone: the whole pipeline in 200 lines,
to be ported to other languages. It prints `expected.txt` for the sample, and `expected.json` with `--json`.""",
    "web": """```html
<script type="module">
  import { loadNet } from "./net.js"; // loads one of the two .wasm files beside it
  const net = await loadNet(await (await fetch("recognizer.ocrnet")).arrayBuffer());
  // line: Float32Array, -1..1, dark on light, 32 x width; width is a multiple of 8, the rest is padded with 1
  const { outputs } = await net.run(line, [1, 1, 32, width]);
  console.log(outputs.classes.data, outputs.probabilities.data);
</script>
```

A net runs on the thread that calls it: use a worker. Node.js runs it too, with `readFile` in place of `fetch`.""",
    "ort": """Build ONNX Runtime with these operators alone, which makes it a third of its size:

```sh
./build.sh --android --android_abi arm64-v8a --minimal_build extended \\
  --include_ops_by_config required_operators.config --config MinSizeRel
```

```kotlin
val env = OrtEnvironment.getEnvironment()
val net = env.createSession(assets.open("recognizer.ort").readBytes(), OrtSession.SessionOptions())
// line: floats -1..1, 1 x 1 x 32 x W, dark on light; W is a multiple of 8, the rest is padded with 1
val input = OnnxTensor.createTensor(env, FloatBuffer.wrap(line), longArrayOf(1, 1, 32, width))
val result = net.run(mapOf("lines" to input), setOf("classes", "probabilities"))
```""",
    "ncnn": """```cpp
ncnn::Net net;
net.load_param("recognizer.param");
net.load_model("recognizer.bin");
// line: floats -1..1, 32 x W, dark on light; W is a multiple of 8, the rest is padded with 1
ncnn::Extractor ex = net.create_extractor();
ex.input("in0", ncnn::Mat(width, 32, 1, line));
ncnn::Mat logits;                        // W / 4 frames x classes
ex.extract("out0", logits);              // the most likely class of a frame is the largest of its row
```

Inputs are `in0`, outputs `out0`, `out1`, ... in the order that `pipeline.json` names them in.""",
    "mnn": """```cpp
using namespace MNN::Express;
std::shared_ptr<Module> net(Module::load({"lines"}, {"logits"}, "recognizer.mnn"));
// line: floats -1..1, 1 x 1 x 32 x W, dark on light; W is a multiple of 8, the rest is padded with 1
auto results = net->onForward({_Const(line, {1, 1, 32, width}, NCHW)});
auto logits = results[0]->readMap<float>();  // W / 4 frames x 1 x classes; the largest of a row is the class
```""",
    "openvino": """```python
import numpy as np, openvino

net = openvino.Core().compile_model("recognizer.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
# line: (32, W) grey, dark on light; W is a multiple of 8, the rest is padded with 255
request = net.create_infer_request()
request.infer({"lines": line[None, None] / np.float32(127.5) - 1})
classes = np.array(request.get_tensor("logits").data).argmax(-1)  # a copy: requests share their memory
```

Without the hint OpenVINO may compute in bfloat16.""",
    "executorch": """```kotlin
val net = Module.load("recognizer.pte")  // org.pytorch:executorch-android
// line: floats -1..1, 1 x 1 x 32 x W, dark on light; W is a multiple of 8 from 16 to 4096, the rest is padded with 1
val input = EValue.from(Tensor.fromBlob(line, longArrayOf(1, 1, 32, width)))
val logits = net.forward(input)[0].toTensor().dataAsFloatArray  // W / 4 frames x 1 x classes; the largest is the class
```

The batch is one. XNNPACK has to be linked, as in the released packages. Sides of pages are multiples of 32 from 64 to
2560.""",
    "litert": """```kotlin
val net = Interpreter(File("recognizer.tflite"))  // com.google.ai.edge.litert:litert
// line: floats -1..1, 1 x 32 x W x 1, dark on light; W is a multiple of 8, the rest is padded with 1
net.resizeInput(0, intArrayOf(1, 32, width, 1))
val logits = Array(1) { Array(1) { Array(width / 4) { FloatArray(classes) } } }  // the largest is the class of a frame
net.run(line, logits)
```

Channels are last in every input and output (`layout` in `pipeline.json`), and sides are free: set them before a run.
With int8 the weights have 8 bits and the runtime rounds activations as it goes; nothing has to be calibrated.""",
    "coreml": """```swift
let net = try MLModel(contentsOf: MLModel.compileModel(at: url))  // url of recognizer.mlpackage
// line: MLMultiArray, 1 x 1 x 32 x W, -1..1, dark on light; W from 32 to 4096, a multiple of 8, padded with 1
let result = try net.prediction(from: MLDictionaryFeatureProvider(dictionary: ["lines": line]))
let logits = result.featureValue(for: "logits")!.multiArrayValue!  // W / 4 frames x 1 x classes
```

It needs iOS 16 or macOS 13.""",
}
"""What the runtime of each target needs, in the language that it is mostly used from."""


def readme(target: Target, variant: str, parts: Sequence[Part], report: Report, folder: str) -> str:
    """The text of ``README.md``."""
    models = "\n".join(f"| `{part.file}` | {part.role} | {part.model.name} |" for part in parts)
    worst = max(report.differences.values(), default=0.0)
    if report.agreement is None or report.cer is None:
        checked = f"Names, shapes and operators were checked; nothing was read: it runs on {target.elsewhere} alone."
    else:
        checked = f"""```sh
ocr read --model {folder} {folder}/sample.png
ocr eval --model {folder} gt.jsonl
```

On {report.lines} lines, {report.agreement:.2%} of the frames have the same class as in the {report.reference} model.
The character error rate is {report.cer:.2%}, there {report.cer_float:.2%}.
The outputs of the other models differ by {worst:.2g} of their spread at most."""
    return f"""# {parts[1].model.name} for {target.format} ({variant})

Text detection and recognition, exported by `ocr export --target {target.argument} --variant {variant}`.

| file | what it is | made of |
|---|---|---|
{models}
| `{CHARSET}` | a character a line; line n, from 1, is class n; class 0 is the CTC blank | |
| `pipeline.json` | sizes, normalisation, thresholds, bucket widths, decoding constants, checksums | |
| `sample.png`, `expected.json` | a page; the text, confidence and corners of the lines that are read in it | |
| `report.json` | parity: this export beside the models that it was made of | |

Pixels become input as `(value / 255 - mean) / std`; `pipeline.json` has `mean` and `std` for each model.

## In your program

{CODE[target.argument]}

Greedy decoding: take the most likely class of each frame, merge repeats, drop class 0.

## Check it

{checked}

Licence of the weights: {parts[1].model.metadata.licence}.
"""
