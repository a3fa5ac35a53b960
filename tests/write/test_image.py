"""Image files as output."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.errors import UsageError
from ocr.write.image import IMAGE_FORMATS, image_format_of, write_image


@pytest.mark.parametrize("suffix", IMAGE_FORMATS)
def test_every_suffix_is_written_and_opens_again(suffix: str) -> None:
    pixels = np.full((20, 30, 3), (250, 10, 10), np.uint8)
    file = io.BytesIO()
    write_image(pixels, file, image_format_of(Path("a.b" + suffix.upper())))
    with Image.open(file) as image:
        assert image.size == (30, 20)
        assert image.format == IMAGE_FORMATS[suffix]


def test_other_suffixes_are_refused_with_the_list() -> None:
    with pytest.raises(UsageError, match=r"page\.doc: .*\.png.*\.webp$"):
        image_format_of(Path("page.doc"))
    assert image_format_of(Path("page.pdf"), ".pdf") == ""
    with pytest.raises(UsageError, match=r"\.pdf$"):
        image_format_of(Path("page.doc"), ".pdf")
