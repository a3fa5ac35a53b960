"""What a document says to a question."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ocr.document import Line

__all__ = ["Answer", "Reason"]


class Reason(StrEnum):
    """Why there is no answer."""

    NOT_IN_DOCUMENT = "not in this document"
    NO_TEXT = "no text was found in the document"
    NOT_UNDERSTOOD = "the question was not understood; ask in English, for what the document says"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or why there is none.

    Attributes:
        text: as it stands in the document; empty where there is no answer.
        confidence: probability that the text is exactly right; where there is none, that it is not there.
        lines: the lines that it stands on.
        page: number of the page; 0 where there is no answer.
        reason: why there is no answer; ``None`` where there is one.
        weights: for each pass over the page that was looked at closest, the weight of each of its lines, in the order
            of ``Page.lines``; the weights of a pass sum to 1.
        looked_at: number of that page; 0 where none was looked at.

    Example:
        >>> answer = Answer("12.50", 0.93, (), 1)
        >>> bool(answer), answer.text
        (True, '12.50')
    """

    text: str
    confidence: float
    lines: tuple[Line, ...] = ()
    page: int = 0
    reason: Reason | None = None
    weights: tuple[tuple[float, ...], ...] = ()
    looked_at: int = 0

    def __bool__(self) -> bool:
        return self.reason is None

    def to_json(self) -> dict[str, Any]:
        """The answer as plain dictionaries and lists."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "page": self.page,
            "lines": [{"text": line.text, "box": line.box.to_json()} for line in self.lines],
            "reason": str(self.reason) if self.reason else None,
        }
