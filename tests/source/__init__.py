"""Tests of ocr.source."""
