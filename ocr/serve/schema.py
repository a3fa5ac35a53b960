"""The JSON of answers, as the OpenAPI document describes it. The library writes it (``to_json``)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

__all__ = ["CardModel", "DocumentModel", "HealthModel", "ProblemModel", "ZoneModel"]

PointModel = Annotated[list[float], Field(min_length=2, max_length=2)]
QuadModel = Annotated[
    list[PointModel],
    Field(min_length=4, max_length=4, description="Corners in pixels of the page, clockwise from the text's top left."),
]
Probability = Annotated[float, Field(ge=0, le=1, description="Probability that the text is exactly right.")]


class CharModel(BaseModel):
    """A character."""

    text: str
    confidence: Probability
    box: QuadModel


class WordModel(BaseModel):
    """A word."""

    text: str
    confidence: Probability
    box: QuadModel
    chars: list[CharModel]


class LineModel(BaseModel):
    """A line of text."""

    text: str
    confidence: Probability
    box: QuadModel
    engine: str = Field(description="Model that read the line, `tesseract`, or `text-layer`.")
    words: list[WordModel]
    baseline: list[PointModel] | None = None
    x_height: float | None = None


class CellModel(BaseModel):
    """A cell of a table."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    box: QuadModel
    lines: list[int] = Field(description="Positions of its lines in the block.")


class TableModel(BaseModel):
    """A table."""

    rows: int
    columns: int
    ruled: bool
    cells: list[CellModel]


class BlockModel(BaseModel):
    """Lines that belong together."""

    kind: Literal["par", "heading", "table", "list", "header", "footer"]
    box: QuadModel
    lines: list[LineModel]
    table: TableModel | None = None


class StepModel(BaseModel, extra="allow"):
    """What was done to a page."""

    name: str


class PageErrorModel(BaseModel):
    """Why a page could not be read."""

    message: str
    kind: str
    step: str


class PageModel(BaseModel):
    """A page."""

    number: int = Field(ge=1)
    width: int = Field(description="Pixels; 0 if the page could not be read.")
    height: int
    dpi: float
    rotation: int
    language: str
    skew: float
    seconds: float
    text: str
    steps: list[StepModel]
    blocks: list[BlockModel]
    error: PageErrorModel | None = None
    warnings: list[str] | None = None


class EngineModel(BaseModel):
    """The models that read a document."""

    detector: str
    recognizer: str


class DocumentModel(BaseModel):
    """A document, as `ocr read --format json` writes it."""

    schema_: int = Field(alias="schema")
    source: str = Field(description="File name that the client gave, without directories.")
    engine: EngineModel
    pages: list[PageModel]


class FieldModel(BaseModel):
    """A value of an identity card."""

    value: str
    confidence: Probability
    valid: bool
    box: QuadModel | None = None


class CardModel(BaseModel, extra="allow"):
    """An identity card; only the fields of its kind and of the sides that are shown are there."""

    kind: str = Field(description="cn-resident, or the kind of another card.")
    name: FieldModel | None = None
    sex: FieldModel | None = None
    ethnicity: FieldModel | None = None
    birth: FieldModel | None = None
    address: FieldModel | None = None
    number: FieldModel | None = None
    issuer: FieldModel | None = None
    valid_from: FieldModel | None = None
    valid_to: FieldModel | None = None
    side: str
    problems: list[str]
    card_box: QuadModel | None = None
    portrait_box: QuadModel | None = None


class ZoneModel(BaseModel, extra="allow"):
    """A machine-readable zone."""

    type: str
    country: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    optional: str
    lines: list[str]
    valid: bool = Field(description="Check digits agree, dates exist, and the picture shows every character.")
    checks: dict[str, bool]
    unclear: dict[str, list[list[int]]]
    format: str
    confidence: Probability
    box: QuadModel
    page: int
    portrait_box: QuadModel | None = None


class ProblemModel(BaseModel, extra="allow"):
    """Why a request was not answered (RFC 9457)."""

    title: str
    status: int
    code: str = Field(description="One word for programs.")
    detail: str = Field(description="One sentence for people.")


class HealthModel(BaseModel):
    """Whether the server works, and how busy it is."""

    status: Literal["ok"]
    version: str
    places: int = Field(description="Documents that can be read at the same time.")
    working: int
    waiting: int
    limits: dict[str, Any] = Field(description="Greatest body (bytes), pages, pixels of a page, seconds.")
    formats: list[str]
    lang: str
    token: bool = Field(description="Whether `/v1` needs a token.")
