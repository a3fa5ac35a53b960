"""Making trained nets smaller: pruning, quantization, weight sharing, low rank, distillation, and the file they end in.

Every technique is one module with one function, ``(Trained, settings, data) -> Trained``, and the paper it follows in
its docstring. :mod:`ocr.compress.recipe` reads which of them a model goes through, :mod:`ocr.compress.bench` runs them
and measures after each one, :mod:`ocr.compress.pack` writes the result as a ``.dcz`` file, which
:mod:`ocr.packed_weights` reads without torch.

    ocr compress models/training/crnn-en-mobile.pt --recipe models/recipes/crnn-en-tiny.toml -o work/tiny
"""
