"""Parameters of requests: given in the address, or as fields of a form; an unknown one is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from ocr.options import DECODERS, ENHANCEMENTS, FALLBACKS, MODES, PDFA, QUALITIES, TRANSCRIPTIONS, Options, PdfOptions
from ocr.serve.problems import Problem
from ocr.write import FORMATS

__all__ = ["CardParameters", "PictureParameters", "ReadParameters", "ScanParameters", "given", "secret"]

PAGES = r"^\s*(\d+\s*(-\s*\d*)?|-\s*\d+)\s*(,\s*(\d+\s*(-\s*\d*)?|-\s*\d+)\s*)*$"
"""Ranges such as ``1,3-5,8-``."""
Lang = Annotated[
    str,
    Field(
        max_length=100,
        description="Language of the text: a code such as `en`, `deu` or `zh` (Simplified Chinese with Latin text), "
        "several joined by plus signs (`de+fr`; in an address `de%2Bfr`), `latin`, or `auto` (English and Chinese, "
        "line by line). The server's own default when left out.",
        examples=["en"],
    ),
]


class Parameters(BaseModel):
    """What all have in common: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid")


class ReadParameters(Parameters):
    """Of ``/v1/read``. The defaults are those of ``ocr read``."""

    format: Literal[tuple(FORMATS)] = Field("json", description="Output format.")  # type: ignore[valid-type]
    lang: Lang | None = None
    pages: str | None = Field(
        None, max_length=1000, pattern=PAGES, description="Pages to read, from 1: `1,3-5,8-`.", examples=["1"]
    )
    mode: Literal[MODES] = Field(  # type: ignore[valid-type]
        "skip",
        description="Text that a PDF page has already: `skip` keeps it and reads only pictures without text, `redo` "
        "replaces the invisible layer of an OCR program, `force` reads every page.",
    )
    quality: Literal[QUALITIES] = Field("auto", description="Recognition model.")  # type: ignore[valid-type]
    decoder: Literal[DECODERS] = Field(  # type: ignore[valid-type]
        "lm", description="How recognised characters become text."
    )
    enhance: Literal[ENHANCEMENTS] = Field("auto", description="What is read in place of a page.")  # type: ignore[valid-type]
    transcription: Literal[TRANSCRIPTIONS] = Field(  # type: ignore[valid-type]
        "clean", description="`clean` writes what a transcriber would, `literal` the characters as recognised."
    )
    fallback: Literal[FALLBACKS] = Field(  # type: ignore[valid-type]
        "auto", description="Whether doubtful lines are read again with Tesseract, where the server has it."
    )
    orient: bool = Field(True, description="Turn pages that are sideways or upside down.")
    dpi: float = Field(300.0, ge=36, le=600, description="Resolution of PDF pages that are not a single scan.")
    pdfa: Literal[("", *PDFA)] = Field("", description="Archival standard of a PDF output.")  # type: ignore[valid-type]
    optimize: Literal["0", "1", "2"] = Field("0", description="How far a PDF output is made smaller.")
    deskew: bool = Field(False, description="Straighten skewed scans in a PDF output.")
    rotate: bool = Field(False, description="Show pages upright in a PDF output.")
    stream: bool = Field(
        False, description="Answer with server-sent events, page by page; `Accept: text/event-stream` does the same."
    )

    def options(self, lang: str) -> Options:
        """How to read.

        Args:
            lang: where the request names none.

        Raises:
            UsageError: there is no such language.
        """
        names = ("mode", "quality", "decoder", "enhance", "transcription", "fallback", "orient", "dpi")
        return Options(lang=self.lang or lang, **{name: getattr(self, name) for name in names})

    def pdf(self) -> PdfOptions:
        """What a PDF is to be like."""
        return PdfOptions(pdfa=self.pdfa, optimize=int(self.optimize), deskew=self.deskew, rotate=self.rotate)


class PictureParameters(Parameters):
    """Of ``/v1/mrz``."""

    page: int | None = Field(None, ge=1, le=1_000_000, description="Page to use, if the document has more than one.")


class CardParameters(PictureParameters):
    """Of ``/v1/idcard``."""

    back_page: int | None = Field(None, ge=1, le=1_000_000, description="Page of `back`, if it has more than one.")


class ScanParameters(PictureParameters):
    """Of ``/v1/scan``."""

    format: Literal["png", "jpg", "webp", "tif", "pdf"] = Field(
        "png", description="Of the answer; a PDF is read, and has a text layer."
    )
    lang: Lang | None = None
    dewarp: bool = Field(True, description="Flatten curved pages.")
    enhance: Literal["whiten", "binarize", "none"] = Field("whiten", description="Clean-up of the page.")


P = TypeVar("P", bound=Parameters)


def given(kind: type[P], request: Request, fields: Mapping[str, str]) -> P:
    """The parameters of a request, from its address and from the fields of its form.

    Raises:
        Problem: one is unknown, given twice, or cannot be used.
    """
    values: dict[str, Any] = {}
    for name, value in [*request.query_params.multi_items(), *fields.items()]:
        if name in values:
            raise Problem(422, "option", f"the parameter {name[:60]!r} is given twice")
        values[name] = value
    if "password" in request.query_params:
        detail = "a password must not be in an address; send it as a field of the form, or in the header OCR-Password"
        raise Problem(422, "option", detail)
    values.pop("password", None)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))[:60]}: {_said(fault)}" for fault in error.errors()]
        known = ", ".join(kind.model_fields)
        raise Problem(422, "option", f"{'; '.join(faults[:8])} (the parameters are {known})") from None


def _said(fault: Mapping[str, Any]) -> str:
    """What is wrong with a value; the only pattern is that of pages."""
    pattern = fault["type"] == "string_pattern_mismatch"
    return "not pages or ranges of pages; write for example 1,3-5,8-" if pattern else str(fault["msg"])


def secret(fields: Mapping[str, str]) -> str:
    """The password of a document."""
    return fields.get("password", "")
