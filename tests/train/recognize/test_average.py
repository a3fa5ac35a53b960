"""Averages of two recognisers."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.recognize.charset import Charset  # noqa: E402
from ocr.train.checkpoint import Trained, load, save  # noqa: E402
from ocr.train.recognize import average as soup  # noqa: E402
from ocr.train.recognize.average import averaged, main  # noqa: E402
from ocr.train.recognize.data import LineSet  # noqa: E402
from ocr.train.recognize.net import HanCrnn, LargeHanCrnn  # noqa: E402


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
