"""The float model that converters of other runtimes take: standard operators alone, and the logits of all frames.

An installed recogniser also decides the class of each frame and, where it has thousands of classes, classifies chosen
frames alone. Those few operators are what runtimes lack; in a program the decision is a line of code.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import onnx
from onnx import NodeProto

from ocr.engine import runtime
from ocr.export.dequantize import dequantize

__all__ = ["LOGITS", "plain_model"]

LOGITS: Final = "logits"


def plain_model(source: Path, path: Path) -> None:
    """Write the plain float model of an installed model.

    Args:
        source: the installed model.
        path: of the float model; a recogniser's only output is ``logits``, frames x N x classes, and outputs of other
            nets keep an axis of length one that the installed model drops.
    """
    with tempfile.TemporaryDirectory() as scratch:
        whole, folded = Path(scratch) / "whole.onnx", Path(scratch) / "folded.onnx"
        dequantize(source, whole)
        model = onnx.load(str(whole))
        _classify_all_frames(model.graph)
        _start_from_zero(model.graph)
        _keep_axes(model.graph)
        if LOGITS in {output.name for output in model.graph.output}:
            for output in [output for output in model.graph.output if output.name != LOGITS]:
                model.graph.output.remove(output)
        _drop_unused(model.graph)
        onnx.save(model, str(whole))
        _fold(whole, folded)
        model = onnx.load(str(folded))
    own = {node.domain for node in model.graph.node}
    sets = [entry for entry in model.opset_import if entry.domain in own]
    del model.opset_import[:]
    model.opset_import.extend(sets)
    onnx.save(model, str(path))


def _fold(source: Path, path: Path) -> None:
    """Compute what depends on constants alone, and drop what no output depends on."""
    module = runtime()
    options = module.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = module.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    module.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def _classify_all_frames(graph: onnx.GraphProto) -> None:
    """Let the classifier see the features themselves in place of those of chosen frames."""
    made = {output: node for node in graph.node for output in node.output}
    if "live" not in {output.name for output in graph.output}:
        return
    squeezed = made[LOGITS]
    chosen = next(node for node in graph.node if node.op_type == "Gather" and node.input[1] == "live")
    flat = made[chosen.input[0]]  # (frames * N) x features of frames x N x features
    [spread] = [node for node in graph.node if node.op_type == "Unsqueeze" and node.input[0] == chosen.output[0]]
    for node in graph.node:
        for k, name in enumerate(node.input):
            if name == spread.output[0]:
                node.input[k] = flat.input[0]
    last = made[squeezed.input[0]]
    graph.node.remove(squeezed)
    for output in [output for output in graph.output if output.name != LOGITS]:
        graph.output.remove(output)
    last.output[0] = LOGITS
    for node in [node for node in graph.node if squeezed.input[0] in node.input]:
        graph.node.remove(node)
    del graph.value_info[:]
    [logits] = graph.output
    logits.type.tensor_type.ClearField("shape")


def _start_from_zero(graph: onnx.GraphProto) -> None:
    """An LSTM that begins with zeros in any case need not be given them."""
    made = {output: node.op_type for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type == "LSTM":
            for k in (5, 6):
                if len(node.input) > k and made.get(node.input[k]) == "ConstantOfShape":
                    node.input[k] = ""
            while node.input and not node.input[-1]:
                node.input.pop()


def _keep_axes(graph: onnx.GraphProto) -> None:
    """Outputs that are the only entry along an axis are given with that axis: fewer runtimes can drop it."""
    made = {output: node for node in graph.node for output in node.output}
    for output in graph.output:
        last = made[output.name]
        if last.op_type == "Gather":
            before = made[last.input[0]]
            graph.node.remove(last)
            before.output[0] = output.name
            output.type.tensor_type.ClearField("shape")


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Leave the nodes that outputs depend on."""
    wanted, kept = {output.name for output in graph.output}, list[NodeProto]()
    for node in reversed(graph.node):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
