"""The page tree of a PDF (ISO 32000-1, 7.7.3): its pages in order, what is wrong with it, and a sound one in its place.

qpdf gives up on a tree that leads back to itself or is very deep, and PDFium shows such pages again and again, so a
tree is looked at here before either of them is asked for the pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

__all__ = ["flatten", "page_objects", "tree_fault"]

INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
"""What a page takes from the nodes above it."""
DEEPEST = 90
"""Levels. qpdf refuses a tree of 100, PDFium one of 1,024."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something that the tree lists: a page with what it inherits, or a fault."""

    page: pikepdf.Object | None = None
    fault: str = ""
    inherited: dict[str, pikepdf.Object] = field(default_factory=dict)


def page_objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """The page dictionaries in order, in linear time: ``pdf.pages[n]`` takes as long as there are pages."""
    return (entry.page for entry in _entries(pdf) if entry.page is not None)


def tree_fault(pdf: pikepdf.Pdf) -> str:
    """What is wrong with the page tree; empty if it is sound."""
    return next((entry.fault for entry in _entries(pdf) if entry.fault), "")


def flatten(pdf: pikepdf.Pdf) -> None:
    """Put all pages directly below the root of the tree, each with what it inherited. Ask qpdf for no pages before."""
    root = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages))
    kids, seen = [], set()
    for entry in list(_entries(pdf)):
        if (page := entry.page) is None:
            continue
        if not page.is_indirect or page.objgen in seen:  # a page that is listed twice is shown twice
            page = pdf.make_indirect(pikepdf.Dictionary(dict(page.items())))
        seen.add(page.objgen)
        for key, value in entry.inherited.items():
            if key not in page:
                page[key] = value
        if "/Kids" in page:
            del page["/Kids"]
        page.Type = pikepdf.Name.Page
        page.Parent = root
        kids.append(page)
    root.Kids, root.Count = pikepdf.Array(kids), len(kids)
    pdf.Root.Pages = root


def _entries(pdf: pikepdf.Pdf) -> Iterator[_Entry]:
    """What the page tree lists, in order, each node once."""
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[object, int, dict[str, pikepdf.Object]]] = [(pdf.Root.get("/Pages"), 0, {})]
    while stack:
        node, depth, above = stack.pop()
        if not isinstance(node, pikepdf.Dictionary):
            yield _Entry(fault="its page tree lists what is no page")
            continue
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Dictionary):
            yield _Entry(fault="its page tree has a single page where a list should be")
            kids = pikepdf.Array([kids])
        if not isinstance(kids, pikepdf.Array):
            # PDFium loads no page that says that it is something else.
            known = node.get("/Type", pikepdf.Name.Page) == pikepdf.Name.Page
            fault = "" if known else "its page tree lists what does not say that it is a page"
            yield _Entry(node if known or "/Contents" in node else None, fault, above)
            continue
        if node.get("/Type") == "/Page" and "/Contents" in node:
            yield _Entry(node, "a page in its page tree has pages below it", above)
            continue
        if node.is_indirect and node.objgen in seen:
            yield _Entry(fault="its page tree leads to the same pages again, which are read once")
            continue
        seen.add(node.objgen)
        if depth == DEEPEST:
            yield _Entry(fault="its page tree is too deep")
        above = above | {key: node[key] for key in INHERITED if node.get(key) is not None}
        stack.extend((kid, depth + 1, above) for kid in reversed(list(kids)))
