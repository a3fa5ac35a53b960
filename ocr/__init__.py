"""Scanned PDFs and photographed documents into text that can be searched, copied and trusted.

Example:
    >>> import ocr
    >>> reader = ocr.Reader(lang="en")  # loads the models once
    >>> document = reader.read("samples/scan.pdf")
    >>> len(document), document[0].lines[0].text
    (3, 'THE CHILD OF THE')
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # that of typing, whose import is a fifth of the time until the program ends in order (__main__)
if TYPE_CHECKING:
    from typing import Any

    from ocr.answers.answer import Answer, Reason
    from ocr.answers.reader import ask, fields
    from ocr.document import (
        Baseline,
        Block,
        Cell,
        Char,
        Document,
        Engine,
        Line,
        Page,
        PageError,
        Quad,
        Step,
        StepName,
        Table,
        Word,
    )
    from ocr.errors import (
        ConformanceError,
        DependencyError,
        EncryptedError,
        ExitCode,
        InputError,
        NoCardError,
        NoFaceError,
        NoZoneError,
        OcrError,
        OutputError,
        SeveralFacesError,
        SignedError,
        UsageError,
    )
    from ocr.face.portrait import Portrait, portrait
    from ocr.face.same import SamePerson, same_person
    from ocr.idcard.card import Field, IdCard, Problem, Side
    from ocr.idcard.card_reader import CardReader, read_id_card
    from ocr.idcard.redact import redact
    from ocr.mrz.fields import Mrz
    from ocr.mrz.reader import MrzReader, read_mrz
    from ocr.options import Options, PdfOptions
    from ocr.page.enhance import enhance
    from ocr.page.scan import Scan, Scanner, scan
    from ocr.pipeline import Reader
    from ocr.reading import read, shared_reader
    from ocr.source import PageImage, Source, open_source

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Baseline",
    "Block",
    "CardReader",
    "Cell",
    "Char",
    "ConformanceError",
    "DependencyError",
    "Document",
    "EncryptedError",
    "Engine",
    "ExitCode",
    "Field",
    "IdCard",
    "InputError",
    "Limits",
    "Line",
    "Mrz",
    "MrzReader",
    "NoCardError",
    "NoFaceError",
    "NoZoneError",
    "OcrError",
    "Options",
    "OutputError",
    "Page",
    "PageError",
    "PageImage",
    "PdfOptions",
    "Portrait",
    "Problem",
    "Quad",
    "Reader",
    "Reason",
    "SamePerson",
    "Scan",
    "Scanner",
    "SeveralFacesError",
    "Side",
    "SignedError",
    "Source",
    "Step",
    "StepName",
    "Table",
    "UsageError",
    "Word",
    "__version__",
    "ask",
    "enhance",
    "fields",
    "open_source",
    "portrait",
    "read",
    "read_id_card",
    "read_mrz",
    "redact",
    "same_person",
    "scan",
    "shared_reader",
]

HOMES = {
    "ocr.answers.answer": ("Answer", "Reason"),
    "ocr.answers.reader": ("ask", "fields"),
    "ocr.document": (
        "Baseline",
        "Block",
        "Cell",
        "Char",
        "Document",
        "Engine",
        "Line",
        "Page",
        "PageError",
        "Quad",
        "Step",
        "StepName",
        "Table",
        "Word",
    ),
    "ocr.errors": (
        "ConformanceError",
        "DependencyError",
        "EncryptedError",
        "ExitCode",
        "InputError",
        "NoCardError",
        "NoFaceError",
        "NoZoneError",
        "OcrError",
        "OutputError",
        "SeveralFacesError",
        "SignedError",
        "UsageError",
    ),
    "ocr.face.portrait": ("Portrait", "portrait"),
    "ocr.face.same": ("SamePerson", "same_person"),
    "ocr.idcard.card": ("Field", "IdCard", "Problem", "Side"),
    "ocr.idcard.card_reader": ("CardReader", "read_id_card"),
    "ocr.mrz.fields": ("Mrz",),
    "ocr.mrz.reader": ("MrzReader", "read_mrz"),
    "ocr.idcard.redact": ("redact",),
    "ocr.options": ("Limits", "Options", "PdfOptions"),
    "ocr.page.enhance": ("enhance",),
    "ocr.page.scan": ("Scan", "Scanner", "scan"),
    "ocr.pipeline": ("Reader",),
    "ocr.reading": ("read", "shared_reader"),
    "ocr.source": ("PageImage", "Source", "open_source"),
}


def __getattr__(name: str) -> Any:
    # PEP 562: `import ocr` stays instant; numpy, OpenCV and onnxruntime load with the first use.
    for module, names in HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(module), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'ocr' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
