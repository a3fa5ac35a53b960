"""A page of prose to draw scenes with."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from ocr.train.synth import photos
from ocr.train.synth.photos import Materials, pictures
from tests.page.prose import prose


@pytest.fixture(scope="package")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one image of a page."""
    folder = tmp_path_factory.mktemp("pages")
    cv2.imwrite(str(folder / "page.png"), prose())
    return folder


@pytest.fixture(scope="package")
def materials(page_folder: Path) -> Materials:
    """The page, and a few drawn grounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photos, "GROUNDS", 6)
        return Materials.load(pictures([str(page_folder)]), [])
