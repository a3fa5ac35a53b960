"""``ocr eval``: accuracy against ground truth.

Ground truth is JSON Lines, one object an image, matched to predictions by ``image`` (a path relative to the file):

- ``{"image", "text"}`` and/or ``{"image", "boxes": [[[[x, y] * 4], text], ...]}``: a page; with ``"order_free": true``
  reading order is not scored, with ``"ignore_case": true`` capitals are not, ``"level": "word"`` says that the boxes
  are words.
- ``{"image", "text", "task": "line"}``: an image of a single text line; ``"lang": "mrz"`` says that it is a line of a
  machine-readable zone.
- ``{"image", "text", "task": "mrz"}``: a document; the text is the lines of its machine-readable zone, empty if it has
  none.
- ``{"image", "fields": {name: value}, "task": "idcard"}``: an identity card, scored by its fields alone.

Predictions: ``{"image", "text", "seconds", "boxes": [[quad, text] for each line], "words": [[quad, text], ...]}`` and,
for ``ece`` and the overlays, ``"confidences": [one for each line]`` and ``"blocks": [[kind, number of lines], ...]``.
"""

from ocr.evaluate.dataset import evaluate
from ocr.evaluate.predict import predict
from ocr.evaluate.score import ImageScore, Score
from ocr.evaluate.text import match, normalise, words

__all__ = ["ImageScore", "Score", "evaluate", "match", "normalise", "predict", "words"]
