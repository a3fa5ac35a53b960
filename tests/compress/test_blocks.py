"""Blocks in the place of convolutions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ocr.compress.blocks import BLOCKS, BlockCrnn, BlockSettings, blocks
from ocr.compress.measure import multiply_adds
from ocr.compress.pack import write_packed
from ocr.compress.retrain import Retraining
from ocr.errors import UsageError
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.checkpoint import load, save
from tests.compress.nets import LINE, lines, tiny

WIDTHS = (8, 16, 16, 24, 24, 32, 32, 40)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_makes_a_net_that_trains_and_packs(block: str, tmp_path: Path) -> None:
    model = tiny()
    made = blocks(model, BlockSettings(block=block, retrain=Retraining(steps=1, warmup=1)), lines(tmp_path, model))
    assert (made.name, made.arguments["block"], made.arguments["widths"]) == ("blocks", block, WIDTHS)
    picture = torch.rand(2, 1, 32, 64) * 2 - 1
    with torch.inference_mode():
        seen = made.net(picture)
        assert torch.allclose(load(save(tmp_path / "made.pt", made)).net(picture), seen, atol=1e-5)
    assert seen.shape == (16, 2, 5)
    write_packed(made, tmp_path / "made.dcz", "made", half=False)
    assert len(CrnnRecognizer(tmp_path / "made.dcz")([picture[0, 0].numpy().astype("uint8")])) == 1


def test_blocks_need_less_work_than_plain_convolutions() -> None:
    work = {block: multiply_adds(BlockCrnn(5, block), LINE) for block in BLOCKS}
    assert work["plain"] == max(work.values())
    assert work["compact"] < work["mobile1"] < 0.5 * work["plain"]


def test_settings_and_models_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="block must be one of plain, mobile1"):
        BlockSettings(block="resnet")
    with pytest.raises(UsageError, match="eight multiples of 4"):
        BlockSettings(widths=(8, 16, 18, 24, 24, 32, 32, 40))
    with pytest.raises(UsageError, match="net conv: blocks take the place"):
        blocks(replace(tiny(), name="conv"), BlockSettings(), lines(tmp_path))
