"""Remove the invisible text of a page, whichever program put it there; what is seen stays the same.

Text is invisible in text rendering mode 3 (ISO 32000-1, 9.3.6), where it is filled with a fully transparent colour,
where its font size or matrix is zero, and where an opaque picture that covers the page is painted after it. All may be
inside form XObjects, which OCRmyPDF uses; a form that is changed is copied, because other pages may show it too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Operator, Pdf, Stream

from ocr.document import Matrix
from ocr.geometry import apply, multiply
from ocr.source.pdf_glyphs import FILLED, INVISIBLE, is_sizeless
from ocr.write.pdf.page_tree import inherited

__all__ = ["remove_hidden_text"]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
COVERING = 0.9
"""A picture over this share of the page hides what was painted before it."""
DEEPEST = 8
"""Forms nested more deeply are left as they are."""

SHOWING = frozenset(("Tj", "TJ", "'", '"'))
MARKS = SHOWING | frozenset(("Do", "INLINE IMAGE", "sh", "S", "s", "f", "F", "f*", "B", "B*", "b", "b*"))
"""Operators that leave marks on the page."""
NEXT_LINE = frozenset(("'", '"'))
PLACING = NEXT_LINE | frozenset(("BT", "Tm", "Td", "TD", "T*"))
"""Operators after which it no longer matters where the text before ended."""
TEXT_OBJECTS = frozenset(("BT", "ET", "Tm", "Td", "TD", "T*"))
TEXT_STATE = frozenset(("Tf", "Tr", "Tc", "Tw", "Tz", "TL", "Ts"))

Instruction = tuple[Sequence[Any], Operator]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the painting of a stream begins: its matrix, text rendering mode, the page's box, and depth of forms.

    ``clear`` is the state in which fillings are fully transparent, ``buried`` that in which all is painted over;
    ``size``, ``stretch`` and ``text`` are font size, horizontal scale and text matrix. With ``sizeless`` only text of
    no size counts as invisible.
    """

    matrix: Matrix
    mode: int
    box: tuple[float, float, float, float]
    depth: int = 0
    buried: bool = False
    clear: bool = False
    size: float = 1.0
    stretch: float = 1.0
    text: Matrix = IDENTITY
    sizeless: bool = False

    @property
    def shows_no_text(self) -> bool:
        """Whether text that is drawn here counts as invisible."""
        placed = multiply((self.stretch, 0, 0, 1, 0, 0), multiply(self.text, self.matrix))
        nothing = is_sizeless(placed, self.size, self.mode)
        if nothing or self.sizeless:
            return nothing
        return self.mode == INVISIBLE or self.buried or (self.clear and self.mode == FILLED)


@dataclass(slots=True)
class _Stripped:
    """A content stream without its invisible text."""

    instructions: list[Instruction] = field(default_factory=list)
    forms: dict[str, Stream | None] = field(default_factory=dict)
    changed: bool = False

    @property
    def text(self) -> bool:
        """Whether any text is left at this level."""
        return any(str(operator) in SHOWING for _, operator in self.instructions)

    @property
    def marks(self) -> bool:
        """Whether anything is left that leaves marks."""
        return any(str(operator) in MARKS for _, operator in self.instructions)


def remove_hidden_text(pdf: Pdf, page: Object, *, sizeless: bool = False) -> bool:
    """Remove the invisible text of a page; whether there was any.

    Args:
        pdf: that has the page.
        page: to change.
        sizeless: whether only text of no size is removed.

    Raises:
        pikepdf.PdfError: the content of the page cannot be parsed.
        ValueError: an operator is no text, or text that is seen would move.
        TypeError: an operand is of the wrong kind.
    """
    box = inherited(page, "/CropBox") or inherited(page, "/MediaBox")
    left, bottom, right, top = (float(v) for v in box) if isinstance(box, Array) else (0.0, 0.0, 612.0, 792.0)
    frame = _Frame(
        IDENTITY, 0, (min(left, right), min(bottom, top), max(left, right), max(bottom, top)), sizeless=sizeless
    )
    resources = _dictionary(inherited(page, "/Resources"))
    stripped = _strip(pdf, page, resources, frame)
    if not stripped.changed:
        return False
    page.Contents = pdf.make_indirect(_stream(pdf, stripped))
    page.Resources = _resources(resources, stripped)
    return True


def _strip(pdf: Pdf, content: Object, resources: Object, frame: _Frame) -> _Stripped:
    """The instructions of a page or form without its invisible text."""
    instructions: list[Instruction] = [(list(i.operands), i.operator) for i in pikepdf.parse_content_stream(content)]
    objects = _dictionary(resources.get("/XObject"))
    states = list(_states(instructions, frame, _dictionary(resources.get("/ExtGState"))))
    covers = () if frame.sizeless else range(len(states))
    covered = max((i for i in covers if _covers(instructions[i], states[i], objects)), default=-1)
    gone = {i for i in _showing(instructions) if states[i].shows_no_text or i < covered}
    _check_places(instructions, gone)
    result = _Stripped()
    for index, (instruction, state) in enumerate(zip(instructions, states, strict=True)):
        operands, operator = instruction
        if index in gone:
            result.changed = True
            result.instructions += _moves(operands, str(operator))
            continue
        if str(operator) == "Do" and operands and frame.depth < DEEPEST:
            key, form = str(operands[0]), objects.get(operands[0])
            if isinstance(form, Stream) and form.get("/Subtype") == Name.Form and key not in result.forms:
                new = _form(pdf, form, replace(state, buried=state.buried or index < covered), resources)
                if new is not form:
                    result.forms[key], result.changed = new, True
            if key in result.forms and result.forms[key] is None:
                continue
        result.instructions.append(instruction)
    if result.changed and not result.text:
        dropped = TEXT_OBJECTS | TEXT_STATE
        result.instructions = [item for item in result.instructions if str(item[1]) not in dropped]
    return result


def _showing(instructions: Sequence[Instruction]) -> Iterator[int]:
    """Which instructions show text."""
    return (i for i, (_, operator) in enumerate(instructions) if str(operator) in SHOWING)


def _moves(operands: Sequence[Any], operator: str) -> list[Instruction]:
    """What an instruction that shows text does besides: two of them go to the next line first, one sets spaces."""
    spaces = [([operands[0]], Operator("Tw")), ([operands[1]], Operator("Tc"))] if operator == '"' else []
    return [*spaces, ([], Operator("T*"))] if operator in NEXT_LINE else []


def _check_places(instructions: Sequence[Instruction], gone: set[int]) -> None:
    """Make sure that no text that stays begins where text ends that goes.

    Raises:
        ValueError: some does, and would move.
    """
    moved = False
    for index, (_, operator) in enumerate(instructions):
        name = str(operator)
        moved = moved and name not in PLACING
        if index in gone:
            moved = True
        elif moved and name in SHOWING:
            raise ValueError("text that is seen goes on where it ends")


def _form(pdf: Pdf, form: Stream, state: _Frame, outer: Object) -> Stream | None:
    """A form without its invisible text: itself if it has none, None if nothing else is in it."""
    resources = _dictionary(form.get("/Resources", outer))
    inner = replace(state, matrix=multiply(_matrix(form.get("/Matrix")), state.matrix), depth=state.depth + 1)
    stripped = _strip(pdf, form, resources, inner)
    if not stripped.changed:
        return form
    if not stripped.marks:
        return None
    new = _stream(pdf, stripped)
    for key, value in form.items():
        if key not in ("/Length", "/Filter", "/DecodeParms", "/Resources"):
            new[key] = value
    new.Resources = _resources(resources, stripped)
    return new


def _states(instructions: Sequence[Instruction], frame: _Frame, known: Object | None = None) -> Iterator[_Frame]:
    """The state in which each instruction is carried out; ``known`` are the graphics states that it may name."""
    stack: list[_Frame] = []
    for operands, operator in instructions:
        name = str(operator)
        if name == "q":
            stack.append(frame)
        elif name == "Q" and stack:
            frame = stack.pop()
        elif name == "cm" and len(operands) == 6:
            frame = replace(frame, matrix=multiply(_matrix(operands), frame.matrix))
        elif name == "Tr" and operands:
            frame = replace(frame, mode=int(operands[0]))
        elif name == "Tf" and len(operands) == 2:
            frame = replace(frame, size=float(operands[1]))
        elif name == "Tz" and operands:
            frame = replace(frame, stretch=float(operands[0]) / 100)
        elif name in ("BT", "Tm"):
            frame = replace(frame, text=_matrix(operands))
        elif name == "gs" and operands and known is not None:
            alpha = _dictionary(known.get(operands[0])).get("/ca")
            frame = frame if alpha is None else replace(frame, clear=float(alpha) <= 0)
        yield frame


def _covers(instruction: Instruction, state: _Frame, objects: Object, depth: int = 0) -> bool:
    """Whether an instruction paints an opaque picture over the page."""
    operands, operator = instruction
    if str(operator) != "Do" or not operands:
        return False
    item = objects.get(operands[0])
    if not isinstance(item, Stream):
        return False
    if item.get("/Subtype") == Name.Form and state.depth + depth < DEEPEST:
        inner = replace(state, matrix=multiply(_matrix(item.get("/Matrix")), state.matrix))
        parts: list[Instruction] = [(list(i.operands), i.operator) for i in pikepdf.parse_content_stream(item)]
        within = _dictionary(_dictionary(item.get("/Resources")).get("/XObject"))
        return any(_covers(p, s, within, depth + 1) for p, s in zip(parts, _states(parts, inner), strict=True))
    if item.get("/Subtype") != Name.Image or item.get("/ImageMask") or "/SMask" in item or "/Mask" in item:
        return False
    xs, ys = zip(*(apply(state.matrix, x, y) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))), strict=True)
    left, bottom, right, top = state.box
    across, up = min(max(xs), right) - max(min(xs), left), min(max(ys), top) - max(min(ys), bottom)
    return bool(max(0.0, across) * max(0.0, up) >= COVERING * (right - left) * (top - bottom))


def _stream(pdf: Pdf, stripped: _Stripped) -> Stream:
    data = pikepdf.unparse_content_stream(stripped.instructions)
    return Stream(pdf, zlib.compress(data, 9), Filter=Name.FlateDecode)


def _resources(resources: Object, stripped: _Stripped) -> Object:
    """Resources with the changed forms, and without fonts where no text is left."""
    new = copy(resources)
    if stripped.forms:
        objects = copy(_dictionary(resources.get("/XObject")))
        for key, form in stripped.forms.items():
            if form is None:
                del objects[key]
            else:
                objects[key] = form
        new.XObject = objects
    if not stripped.text and "/Font" in new and not _lends_fonts(_dictionary(new.get("/XObject"))):
        del new["/Font"]
    return new


def _lends_fonts(objects: Object) -> bool:
    """Whether a form has no resources of its own, and so uses those of the page."""
    forms = (item for _, item in objects.items() if isinstance(item, Stream) and item.get("/Subtype") == Name.Form)
    return any("/Resources" not in form for form in forms)


def _dictionary(value: Object | None) -> Object:
    return value if isinstance(value, Dictionary) else Dictionary()


def _matrix(value: Any) -> Matrix:
    if value is None or len(value) != 6:
        return 1, 0, 0, 1, 0, 0
    a, b, c, d, e, f = (float(v) for v in value)
    return a, b, c, d, e, f
