"""Models in the formats that they are shipped in."""

from ocr.engine import runtime

runtime()  # before the modules below import onnxruntime: it collects telemetry otherwise
