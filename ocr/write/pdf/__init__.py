"""Searchable PDF: the pages of the original, unchanged, with an invisible text layer."""

from ocr.write.pdf.searchable import write

__all__ = ["write"]
