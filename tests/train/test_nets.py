import pytest

torch = pytest.importorskip("torch")

from ocr.train.nets.crnn import LargeCrnn, MobileCrnn, parameters  # noqa: E402


def test_the_large_net_starts_where_the_mobile_one_is() -> None:
    torch.manual_seed(0)
    mobile, large = MobileCrnn(20).eval(), LargeCrnn(20).eval()
    assert not large.load_state_dict(mobile.state_dict(), strict=False).unexpected_keys
    x = torch.randn(2, 1, 32, 96)
    assert torch.equal(large(x), mobile(x))
    assert large(x).shape == (24, 2, 20)
    assert parameters(large) > 2 * parameters(mobile)
