"""What a page of a PDF would cost to draw, and what of it is damaged: found out before it is drawn.

PDFium draws what it can decode and leaves out the rest in silence, and it expands whatever it is told to.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from ocr.document import Line
from ocr.errors import InputError
from ocr.source.pdf_content import damaged, drawn, nesting
from ocr.source.pdf_fields import field_lines
from ocr.source.pdf_file import FAULTS
from ocr.source.pdf_images import ImageFault, image_fault
from ocr.source.pdf_names import Names, glyph_names
from ocr.source.pdf_plan import Box
from ocr.source.pdf_shapeless import doubled
from ocr.source.pdf_tree import page_objects
from ocr.source.streams import TooLargeError, decoded

__all__ = ["MAX_CONTENT", "Findings", "PageChecker"]

MAX_CONTENT = 1 << 26
"""Bytes. Drawing instructions of a page, with each form as often as it is drawn."""
LONG = f"its drawing instructions, forms included, are longer than {MAX_CONTENT >> 20} MB"
MAX_STATES = 50_000
"""Nested ``q`` operators."""
MAX_NESTED = 40
"""Forms in forms. PDFium draws no deeper either, and does not say so."""
LEAST = 64
"""Bytes that drawing a form costs, however short it is."""


@dataclass(slots=True)
class Findings:
    """About one page.

    Attributes:
        unit: points in a unit of user space (``/UserUnit``).
        damage: what is missing of what the page shows.
        warnings: what is broken and does no harm.
        weight: bytes of compressed images, which PDFium keeps.
    """

    unit: float = 1.0
    damage: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    weight: int = 0


class PageChecker:
    """Looks at the pages of one document; what pages share is looked at once.

    Args:
        pdf: as qpdf opened it; None where it could not.
        name: of the file, for messages.
        repaired: the file was broken, and qpdf has dropped references to what is lost.
    """

    def __init__(self, pdf: pikepdf.Pdf | None, name: str, repaired: bool = False) -> None:
        self._name = name
        self._repaired = repaired
        self._pdf = pdf
        self._pages = [] if pdf is None else list(page_objects(pdf))
        self._images: dict[tuple[int, int], tuple[ImageFault, int]] = {}
        self._forms: dict[tuple[int, int], int] = {}
        self._last: tuple[int, Findings] | None = None

    def check(self, number: int) -> Findings:
        """Look at a page, from 1; not again if it was looked at last.

        Raises:
            InputError: drawing it would take too much memory.
        """
        if self._last is None or self._last[0] != number:
            self._last = (number, self._findings(number))
        return self._last[1]

    def fields(self, number: int, page_box: Box) -> tuple[Line, ...]:
        """The text that the form fields of a page show."""
        pdf, page = self._pdf, self._pages[number - 1] if number <= len(self._pages) else None
        return () if pdf is None or page is None else field_lines(pdf, page, page_box)

    def names(self, number: int) -> Names:
        """What the codes of the fonts of a page mean by the names of their glyphs."""
        page = self._pages[number - 1] if number <= len(self._pages) else None
        with contextlib.suppress(*FAULTS, TypeError, LookupError, AttributeError):
            return glyph_names(_resources(page)) if page is not None else {}
        return {}

    def doubled(self, number: int) -> bytes:
        """A PDF of one page in which short pieces of its text stand twice; empty if there is none."""
        page = self._pages[number - 1] if number <= len(self._pages) else None
        with contextlib.suppress(*FAULTS, TypeError, LookupError, AttributeError):
            return doubled(page, _resources(page)) if page is not None else b""
        return b""

    def _findings(self, number: int) -> Findings:
        findings = Findings()
        if number > len(self._pages):
            return findings
        page = self._pages[number - 1]
        try:
            findings.unit = _unit(page)
            data = self._contents(page, findings)
            size = self._expanded(data, _resources(page), findings, 0)
            size += self._appearances(page, findings)
        except TooLargeError as error:
            raise self._refused(number, str(error)) from error
        except (*FAULTS, TypeError, LookupError, AttributeError) as error:  # objects of other types than they should be
            findings.damage.append(f"its objects cannot be read ({error})")
            return findings
        if size > MAX_CONTENT:
            raise self._refused(number, LONG)
        return findings

    def _refused(self, number: int, why: str) -> InputError:
        return InputError(
            f"{self._name}: page {number} is not drawn, to protect this machine: {why}; choose other pages: --pages"
        )

    def _contents(self, page: pikepdf.Object, findings: Findings) -> bytes:
        """The drawing instructions of a page."""
        contents = page.get("/Contents")
        if contents is None and (self._repaired or b"/Contents" in page.unparse(resolved=True)):
            findings.damage.append("its contents are missing")
        streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        parts: list[bytes] = []
        for stream in streams:
            if not isinstance(stream, pikepdf.Stream):
                if stream is not None or isinstance(contents, pikepdf.Array):
                    findings.damage.append("a part of its contents is missing")
                continue
            found = decoded(stream, MAX_CONTENT - sum(map(len, parts)))
            parts.append(found.data)
            if not found.whole:
                findings.damage.append("its contents are damaged")
        data = b"\n".join(parts)
        if damaged(data):
            findings.damage.append("its contents are damaged")
        return data

    def _expanded(self, data: bytes, resources: Any, findings: Findings, depth: int) -> int:
        """The size of drawing instructions, with that of all forms that they draw.

        Raises:
            TooLargeError: too many nested states, or an image is too large.
        """
        if data.count(b"q") > MAX_STATES and nesting(data) > MAX_STATES:
            raise TooLargeError(f"more than {MAX_STATES} of its graphics states are nested")
        size = len(data) + LEAST
        for holder in (_of(resources, "/Pattern"), _of(resources, "/ExtGState")):
            for value in _values(holder):
                form = _of(_of(value, "/SMask"), "/G") if isinstance(value, pikepdf.Dictionary) else value
                size += self._form(form, resources, findings, depth) if isinstance(form, pikepdf.Stream) else 0
        objects = _of(resources, "/XObject")
        for key, count in drawn(data).items():
            item = _of(objects, key)
            if not isinstance(item, pikepdf.Stream):
                if item is None:
                    findings.damage.append(f"an image or form that it shows is missing ({key})")
            elif str(item.get("/Subtype")) == "/Image":
                self._image(item, findings)
            else:
                size += count * self._form(item, resources, findings, depth)
            if size > MAX_CONTENT:
                raise TooLargeError(LONG)
        return size

    def _form(self, form: pikepdf.Object, resources: Any, findings: Findings, depth: int) -> int:
        """The expanded size of a form or pattern."""
        if depth >= MAX_NESTED:
            findings.damage.append(f"it has forms in forms deeper than {MAX_NESTED}, which are not drawn")
            return LEAST
        if form.objgen not in self._forms:
            self._forms[form.objgen] = LEAST  # one that draws itself is not drawn again
            found = decoded(form, MAX_CONTENT)
            if not found.whole or damaged(found.data):
                findings.damage.append("a form that it shows is damaged")
            own = form.get("/Resources")
            size = self._expanded(found.data, resources if own is None else own, findings, depth + 1)
            self._forms[form.objgen] = size
        return self._forms[form.objgen]

    def _image(self, image: pikepdf.Object, findings: Findings) -> None:
        known = self._images.get(image.objgen)
        if known is None:
            length = image.get("/Length", 0)
            known = image_fault(image), int(length) if isinstance(length, int) else 0
            self._images[image.objgen] = known
        fault, weight = known
        findings.weight += weight
        findings.damage += [fault.damage] if fault.damage else []
        findings.warnings += [fault.warning] if fault.warning else []

    def _appearances(self, page: pikepdf.Object, findings: Findings) -> int:
        """The expanded size of what its annotations draw."""
        notes = page.get("/Annots")
        shown = (_of(_of(note, "/AP"), "/N") for note in notes) if isinstance(notes, pikepdf.Array) else ()
        forms = [form for form in shown if isinstance(form, pikepdf.Stream)]
        return sum(self._form(form, None, findings, 0) for form in forms)


def _unit(page: pikepdf.Object) -> float:
    """The size of a unit of user space in points (ISO 32000-1, 14.11.2)."""
    try:
        unit = float(page.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return 1.0
    return unit if 1e-3 <= unit <= 1e5 else 1.0


def _resources(page: pikepdf.Object) -> Any:
    """The resources of a page or of the nearest node above that has some."""
    node: Any = page
    for _ in range(100):  # a damaged tree may have a loop
        if not isinstance(node, pikepdf.Dictionary):
            return None
        if (found := node.get("/Resources")) is not None:
            return found
        node = node.get("/Parent")
    return None


def _of(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, pikepdf.Dictionary) else None


def _values(holder: Any) -> list[Any]:
    return [holder.get(key) for key in holder.keys()] if isinstance(holder, pikepdf.Dictionary) else []  # noqa: SIM118
