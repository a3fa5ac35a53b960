"""Layers of a PDF (optional content, ISO 32000-1, 8.11) that are off: viewers neither show nor find their text."""

from __future__ import annotations

import ctypes
from typing import Any

import pikepdf
import pypdfium2.raw as pdfium

__all__ = ["is_off", "layers_off"]

OC = "OC\0".encode("utf-16-le")
LONGEST = 1024
"""Bytes of a layer's name that are compared."""


def layers_off(pdf: pikepdf.Pdf) -> frozenset[bytes]:
    """The names, as they are encoded, of layers that are off in a document as it opens, unless another one is on."""
    properties = pdf.Root.get("/OCProperties")
    if not isinstance(properties, pikepdf.Dictionary):
        return frozenset()
    usual = properties.get("/D")
    usual = usual if isinstance(usual, pikepdf.Dictionary) else pikepdf.Dictionary()
    turned = {key: {layer.objgen for layer in _array(usual.get(key))} for key in ("/ON", "/OFF")}
    starts_off = usual.get("/BaseState") == pikepdf.Name.OFF
    names: dict[bool, set[bytes]] = {True: set(), False: set()}
    for layer in _array(properties.get("/OCGs")):
        if isinstance(layer, pikepdf.Dictionary):
            off = layer.objgen in turned["/OFF"] or (starts_off and layer.objgen not in turned["/ON"])
            names[off].add(bytes(layer.get("/Name", b""))[:LONGEST])
    return frozenset(names[True] - names[False])


def is_off(item: Any, off: frozenset[bytes]) -> bool:
    """Whether an object of a page of PDFium, or a form that it is in, belongs to one of some layers."""
    while off and item is not None:
        for index in range(pdfium.FPDFPageObj_CountMarks(item.raw)):
            if _layer(pdfium.FPDFPageObj_GetMark(item.raw, index)) in off:
                return True
        item = item.container
    return False


def _layer(mark: Any) -> bytes | None:
    """The name of the layer that a mark begins; None if it begins none."""
    kind, name, length = (ctypes.c_ushort * 8)(), (ctypes.c_ubyte * LONGEST)(), ctypes.c_ulong()
    if not pdfium.FPDFPageObjMark_GetName(mark, kind, ctypes.sizeof(kind), length) or bytes(kind)[:6] != OC:
        return None
    found = pdfium.FPDFPageObjMark_GetParamBlobValue(mark, b"Name", name, LONGEST, length)
    return bytes(name)[: length.value] if found else None


def _array(value: pikepdf.Object | None) -> list[Any]:
    return list(value) if isinstance(value, pikepdf.Array) else []
