"""Searchable PDF: an invisible text layer under the untouched pages of the original."""

from ocr.write.pdf.writer import write

__all__ = ["write"]
