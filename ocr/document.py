"""The result tree: Document > Page > Block > Line > Word > Char; everything from Block down has a Quad as its box.

All are frozen. Coordinates are pixels of the page as rasterized, origin top left; quads run clockwise from the top left
corner of the text itself. Confidence is the probability, 0..1, that the text is exactly right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from ocr.baseline import Baseline
from ocr.quad import Map, Matrix, Point, Quad, Warp
from ocr.steps import PageError, Step, StepName
from ocr.table import Cell, Table

if TYPE_CHECKING:
    from ocr.options import PdfOptions
    from ocr.source import Input

__all__ = [
    "SCHEMA",
    "Baseline",
    "Block",
    "Cell",
    "Char",
    "Document",
    "Engine",
    "Line",
    "Matrix",
    "Page",
    "PageError",
    "Point",
    "Quad",
    "Step",
    "StepName",
    "Table",
    "Warp",
    "Word",
]

SCHEMA = 1
"""Version of the JSON output; raised by changes that break its readers."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Char:
    """One character.

    Attributes:
        text: the character.
        confidence: probability of the character in the picture, 0..1. A character that the language model preferred
            keeps the low probability that it has in the picture.
        box: the part of the line that it was decoded from.
    """

    text: str
    confidence: float
    box: Quad

    def __reduce__(self) -> tuple[type[Char], tuple[Any, ...]]:
        # Pickled as a call, boxes and words too: the way that dataclasses bring along takes twice as long.
        return Char, (self.text, self.confidence, self.box)

    def transformed(self, matrix: Map) -> Char:
        """The character after a map."""
        return replace(self, box=self.box.transformed(matrix))

    def to_json(self) -> dict[str, Any]:
        """``{"text", "confidence", "box"}``."""
        return _text_record(self)


@dataclass(frozen=True, slots=True)
class Word:
    """Characters between two spaces.

    Attributes:
        text: the characters.
        confidence: probability that all of them are right, 0..1; at least that of the line.
        box: where the word is.
        chars: from left to right along the line; empty where they were not separated.
    """

    text: str
    confidence: float
    box: Quad
    chars: tuple[Char, ...] = ()

    def __reduce__(self) -> tuple[type[Word], tuple[Any, ...]]:
        return Word, (self.text, self.confidence, self.box, self.chars)

    def transformed(self, matrix: Map) -> Word:
        """The word after a map."""
        chars = tuple(char.transformed(matrix) for char in self.chars)
        return replace(self, box=self.box.transformed(matrix), chars=chars)

    def to_json(self) -> dict[str, Any]:
        """``{"text", "confidence", "box", "chars"}``."""
        return _text_record(self) | {"chars": [char.to_json() for char in self.chars]}


@dataclass(frozen=True, slots=True)
class Line:
    """One text line.

    Attributes:
        text: the words, joined by single spaces.
        confidence: probability that all of the text is right, 0..1.
        box: where the line is.
        words: from left to right along the line.
        engine: name of the model that read the line, or ``tesseract``.
        baseline: what its letters stand on, measured in the picture; ``None`` where too few letters show it.
    """

    text: str
    confidence: float
    box: Quad
    words: tuple[Word, ...] = ()
    engine: str = ""
    baseline: Baseline | None = None

    def transformed(self, matrix: Map) -> Line:
        """The line after a map."""
        words = tuple(word.transformed(matrix) for word in self.words)
        baseline = self.baseline.transformed(matrix) if self.baseline else None
        return replace(self, box=self.box.transformed(matrix), words=words, baseline=baseline)

    def to_json(self) -> dict[str, Any]:
        """``{"text", "confidence", "box", "engine", "words"}``, and ``"baseline"`` and ``"x_height"`` if measured."""
        record = _text_record(self) | {"engine": self.engine}
        if self.baseline:
            record |= self.baseline.to_json()
        return record | {"words": [word.to_json() for word in self.words]}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together.

    Attributes:
        kind: ``par``, ``heading``, ``table``, ``list``, ``header`` or ``footer``.
        box: around all of its lines.
        lines: in reading order.
        table: rows, columns and cells, if the kind is ``table`` and they could be told.
    """

    kind: str
    box: Quad
    lines: tuple[Line, ...]
    table: Table | None = None

    def transformed(self, matrix: Map) -> Block:
        """The block after a map."""
        lines = tuple(line.transformed(matrix) for line in self.lines)
        table = self.table.transformed(matrix) if self.table else None
        return replace(self, box=self.box.transformed(matrix), lines=lines, table=table)

    @property
    def text(self) -> str:
        """The lines, separated by line feeds. (``Page.text`` joins the cells of a row by tabs.)"""
        return "\n".join(line.text for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """``{"kind", "box", "lines"}``, and ``"table"`` if there is one."""
        record = {"kind": self.kind, "box": self.box.to_json(), "lines": [line.to_json() for line in self.lines]}
        return record | {"table": self.table.to_json()} if self.table else record


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """One page.

    Attributes:
        number: of the page in the input, from 1.
        width: pixels, as the page came; boxes are in these coordinates.
        height: pixels.
        dpi: effective resolution of these pixels.
        blocks: in reading order.
        rotation: by how much the page was turned clockwise to be read: 0, 90, 180 or 270 degrees.
        skew: of its lines in degrees, clockwise, after that turn.
        seconds: that reading it took.
        steps: what was done, in order.
        text: lines in reading order; cells of a row are separated by a tab, blocks by an empty line.
        matrix: maps pixels to points of the original PDF page's user space (y up).
        error: why the page could not be read; ``None`` when it was. A page with an error is empty, with a width of 0,
            unless only a part of it is damaged: then the blocks are what could be read of the rest.
        warnings: messages for the user, such as a reduced resolution or a missing Tesseract.
        language: BCP 47 tag of its language, such as ``de``: the one that was named, or found by frequent words. Empty
            where several were named and where there are too few words to tell.

    Example:
        >>> page = ocr.read("samples/scan.pdf", pages=1)[0]
        >>> page
        Page(number=1, width=1217, height=1983, dpi=300, lines=29)
        >>> page.words[1].text, page.words[1].confidence > 0.7
        ('CHILD', True)
    """

    number: int
    width: int
    height: int
    dpi: float
    blocks: tuple[Block, ...] = ()
    rotation: int = 0
    skew: float = 0.0
    seconds: float = 0.0
    steps: tuple[Step, ...] = ()
    text: str = ""
    matrix: Matrix = IDENTITY
    error: PageError | None = None
    warnings: tuple[str, ...] = ()
    language: str = ""

    def __repr__(self) -> str:
        found = f"error={self.error.message!r}" if self.error else f"lines={len(self.lines)}"
        return f"Page(number={self.number}, width={self.width}, height={self.height}, dpi={self.dpi:.0f}, {found})"

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line in reading order."""
        return tuple(line for block in self.blocks for line in block.lines)

    @property
    def words(self) -> tuple[Word, ...]:
        """Every word in reading order."""
        return tuple(word for line in self.lines for word in line.words)

    @property
    def confidence(self) -> float | None:
        """Mean confidence of its lines, weighted by their length; ``None`` where there is no text."""
        length = sum(len(line.text) for line in self.lines)
        return sum(len(line.text) * line.confidence for line in self.lines) / length if length else None

    def to_json(self) -> dict[str, Any]:
        """The page as plain dictionaries and lists, as in the JSON output."""
        record = {
            "number": self.number,
            "width": self.width,
            "height": self.height,
            "dpi": round(self.dpi, 2),
            "rotation": self.rotation,
            "skew": round(self.skew, 3),
            "seconds": round(self.seconds, 3),
            "language": self.language,
            "text": self.text,
            "steps": [step.to_json() for step in self.steps],
            "blocks": [block.to_json() for block in self.blocks],
        }
        failed = {"error": self.error.to_json()} if self.error else {}
        return record | failed | ({"warnings": list(self.warnings)} if self.warnings else {})


@dataclass(frozen=True, slots=True)
class Engine:
    """Names of the models that read a document, as in ``models/manifest.json``."""

    detector: str = ""
    recognizer: str = ""

    def to_json(self) -> dict[str, str]:
        """``{"detector", "recognizer"}``."""
        return {"detector": self.detector, "recognizer": self.recognizer}


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """All pages that were read of one input.

    ``len(document)`` is the number of pages, ``document[0]`` the first of them.

    Attributes:
        source: path of the input, or ``-``, ``<bytes>``, ``<image>``, ``<array>``.
        engine: the models that read it.
        pages: in the order of the input.
        original: the input's path or bytes, which a searchable PDF is made from; ``None`` for pictures in memory.

    Example:
        >>> document = Document("a.png", Engine(), (Page(1, 10, 10, 300.0, text="hi"),))
        >>> document
        Document('a.png', pages=1, lines=0)
        >>> document[0].text
        'hi'
    """

    source: str
    engine: Engine
    pages: tuple[Page, ...]
    original: Path | bytes | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        errors = f", errors={len(self.errors)}" if self.errors else ""
        return f"Document({self.source!r}, pages={len(self.pages)}, lines={sum(len(p.lines) for p in self)}{errors})"

    def __len__(self) -> int:
        return len(self.pages)

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages)

    @overload
    def __getitem__(self, index: int) -> Page: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Page, ...]: ...

    def __getitem__(self, index: int | slice) -> Page | tuple[Page, ...]:
        return self.pages[index]

    @property
    def text(self) -> str:
        """The text of all pages, separated by form feeds as in the output of pdftotext."""
        return "\f".join(page.text for page in self.pages)

    @property
    def errors(self) -> tuple[PageError, ...]:
        """Why pages could not be read; empty when all were."""
        return tuple(page.error for page in self.pages if page.error)

    def to_json(self) -> dict[str, Any]:
        """The document as plain dictionaries and lists, as in the JSON output."""
        pages = [page.to_json() for page in self.pages]
        return {"schema": SCHEMA, "source": self.source, "engine": self.engine.to_json(), "pages": pages}

    def to_bytes(self, format: str) -> bytes:
        """The document in a format, as :meth:`save` writes it to a file.

        Args:
            format: a name of ``ocr.write.FORMATS`` other than ``pdf``, which is made from the original.

        Raises:
            UsageError: the format is unknown, or ``pdf``.
            DependencyError: the format needs a package that is not installed.

        Example:
            >>> ocr.read("samples/scan.pdf", pages=2).to_bytes("md").decode().splitlines()[0]
            '## CHAPTER II'
        """
        from ocr.write.document import to_bytes

        return to_bytes(self, format)

    def save(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        source: Input | None = None,
        password: str | None = None,
        pdf: PdfOptions | None = None,
    ) -> None:
        """Write the document to a file, which appears complete or not at all.

        Args:
            path: the output file.
            format: ``txt``, ``json``, ``jsonl``, ``hocr`` or ``pdf``; when left out, the suffix of ``path`` decides.
            pdf: what a PDF is to be like.
            source: for ``pdf``: the original, where it is no longer at its path, or was a picture in memory.
            password: for ``pdf``: of the original, if it is encrypted.

        Raises:
            OcrError: the format is unknown, a PDF needs ``source``, the original can no longer be opened or is signed,
                the file cannot be written or does not conform to PDF/A.

        Example:
            >>> ocr.read("samples/scan.pdf", pages=1).save(tmp / "scan.searchable.pdf")
        """
        from ocr.write.document import save

        save(self, path, format, source, password, pdf)


def _text_record(item: Line | Word | Char) -> dict[str, Any]:
    return {"text": item.text, "confidence": round(item.confidence, 4), "box": item.box.to_json()}
