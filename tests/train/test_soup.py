"""Averages of two recognisers."""

import pytest

torch = pytest.importorskip("torch")

from ocr.train.nets.crnn import HanCrnn, LargeHanCrnn  # noqa: E402
from ocr.train.soup import averaged  # noqa: E402


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
