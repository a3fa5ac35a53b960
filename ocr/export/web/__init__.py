"""Export for browsers: int8 models as nets of the runtime in ``web/runtime``, read from ONNX, written as one file.

``graph`` reads an ONNX model as a list of the runtime's operations, ``rules`` has one rule for each ONNX operator,
``weights`` packs constants, ``file`` writes the file, ``folder`` adds what a page needs beside it.
"""
