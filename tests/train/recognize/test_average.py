"""Averages of two recognisers."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from ocr.errors import InputError
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained, load, save
from ocr.train.recognize import average as soup
from ocr.train.recognize.average import averaged, main
from ocr.train.recognize.data import LineSet, batches
from ocr.train.recognize.net import HanCrnn, LargeHanCrnn
from tests.train.recognize.lines import draw_shard

ROOT = Path(__file__).parents[3]


def test_half_of_both_where_the_earlier_net_has_weights() -> None:
    torch.manual_seed(0)
    earlier, later = HanCrnn(400), LargeHanCrnn(400)
    before = {name: value.clone() for name, value in later.state_dict().items()}
    averaged(earlier.state_dict(), later, 0.25)
    after, old = later.state_dict(), earlier.state_dict()
    name = "lstm.weight_hh_l0"
    assert torch.allclose(after[name], 0.25 * before[name] + 0.75 * old[name])
    assert torch.equal(after["deeper.2.0.layers.0.weight"], before["deeper.2.0.layers.0.weight"])
    width = old["classify.weight"].shape[1]
    assert torch.allclose(after["classify.weight"][:, width:], 0.25 * before["classify.weight"][:, width:])
    assert not torch.allclose(after["classify.weight"][:, :width], before["classify.weight"][:, :width])


def test_the_middle_of_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their mean and the earlier one's weights, at the share; statistics are those of the lines."""
    config = {"net": "han", "charset": "zh", "synthetic": ["x"], "real": [], "dev": [], "minutes": 1.0}
    charset, nets = Charset.load("zh"), []
    for seed in range(3):
        torch.manual_seed(seed)
        net = HanCrnn(len(charset))
        nets.append(net.state_dict())
        trained = Trained(
            "recognize", "han", {"classes": len(charset)}, net, config, charset.characters,
            trained_on=("lines", f"set {seed}"),
        )  # fmt: skip
        save(tmp_path / f"{seed}.pt", trained)
    monkeypatch.setattr(soup, "renormalised", lambda *_: None)
    monkeypatch.setattr(LineSet, "load", lambda *_: 1)
    earlier, *later = (str(tmp_path / f"{seed}.pt") for seed in range(3))
    main([earlier, *later, "--out", str(tmp_path / "soup.pt"), "--share", "0.4", "--lines", "none.npz"])
    mean = load(tmp_path / "soup.pt", "recognize")
    name = "lstm.weight_hh_l0"
    expected = 0.6 * nets[0][name] + 0.2 * nets[1][name] + 0.2 * nets[2][name]
    assert torch.allclose(mean.net.state_dict()[name], expected, atol=1e-6)
    assert mean.config == config
    assert mean.trained_on == ("lines", "set 0", "set 1", "set 2")


def test_statistics_of_batch_norm_are_those_of_the_lines(tmp_path: Path) -> None:
    torch.manual_seed(0)
    charset, net = Charset.load("latin"), HanCrnn(312).eval()
    first = next(module for module in net.modules() if isinstance(module, nn.BatchNorm2d))
    assert first.running_mean is not None
    first.running_mean.fill_(9.0)
    lines = LineSet(charset)
    lines.load([draw_shard(tmp_path / "lines.npz", "acen", 12)])
    soup.renormalised(net, lines)
    assert not net.training and not first.training
    batch = next(batches(lines, soup.COLUMNS, 1))
    convolution = next(module for module in net.modules() if isinstance(module, nn.Conv2d))
    seen = convolution(batch.images).mean((0, 2, 3))
    assert torch.allclose(first.running_mean, seen, atol=0.1)


def test_shards_without_lines_are_refused(tmp_path: Path) -> None:
    checkpoint = str(ROOT / "models" / "training" / "crnn-mrz.pt")
    shard = draw_shard(tmp_path / "lines.npz", "ü", 3)
    with pytest.raises(InputError, match=r"lines\.npz: no lines that the charset can spell"):
        main([checkpoint, checkpoint, "--out", str(tmp_path / "soup.pt"), "--lines", str(shard)])
