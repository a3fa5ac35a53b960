import pytest

torch = pytest.importorskip("torch")

from ocr.train.recognize.ctc import CtcLoss  # noqa: E402
from ocr.train.recognize.data import Batch  # noqa: E402
from ocr.train.recognize.losses import activations_of, glyph_loss, nearest_classes, sample_classes  # noqa: E402
from ocr.train.recognize.net import ConvCrnn, HanCrnn, LargeCrnn, LargeHanCrnn, MobileCrnn, grown  # noqa: E402


def parameters(net: MobileCrnn) -> int:
    return sum(p.numel() for p in net.parameters())


def test_the_large_net_starts_where_the_mobile_one_is() -> None:
    torch.manual_seed(0)
    mobile, large = MobileCrnn(20).eval(), LargeCrnn(20).eval()
    assert not large.load_state_dict(mobile.state_dict(), strict=False).unexpected_keys
    x = torch.randn(2, 1, 32, 96)
    assert torch.equal(large(x), mobile(x))
    assert large(x).shape == (24, 2, 20)
    assert parameters(large) > 2 * parameters(mobile)


def test_the_large_net_for_chinese_starts_where_the_mobile_one_is() -> None:
    torch.manual_seed(0)
    mobile, large = HanCrnn(500).eval(), LargeHanCrnn(500).eval()
    assert not large.load_state_dict(grown(large, mobile.state_dict()), strict=False).unexpected_keys
    assert large.narrow.out_features > mobile.narrow.out_features
    x = torch.randn(2, 1, 32, 96)
    assert torch.allclose(large(x), mobile(x), atol=1e-6)
    assert parameters(large) > parameters(mobile) + 1_500_000


def test_the_net_for_chinese_takes_the_latin_ones_trunk_and_has_a_narrow_head() -> None:
    net = HanCrnn(5000)
    weights = {k: v for k, v in MobileCrnn(20).state_dict().items() if not k.startswith("classify.")}
    assert not net.load_state_dict(weights, strict=False).unexpected_keys
    x = torch.randn(2, 1, 32, 96)
    assert net(x).shape == (24, 2, 5000)
    assert parameters(net) < parameters(MobileCrnn(20)) + 5000 * 130 + 70_000


def test_the_net_without_lstm_starts_as_its_convolutions_and_sees_seven_heights() -> None:
    net = ConvCrnn(20).eval()
    assert not [name for name, _ in net.named_modules() if "lstm" in name]
    x = torch.randn(2, 1, 32, 96)
    assert torch.allclose(net.embed(x), torch.relu(net.convolve(x)))
    assert net(x).shape == (24, 2, 20)
    assert abs(parameters(net) / parameters(MobileCrnn(20)) - 1) < 0.1
    for name, weight in net.context.named_parameters():
        if name.endswith("layers.2.weight"):
            torch.nn.init.ones_(weight)
    line = torch.rand(1, 256, 1, 201, requires_grad=True)
    net.context(line)[0, :, 0, 100].sum().backward()
    assert line.grad is not None
    seen = line.grad.abs().sum((0, 1, 2)).nonzero()
    assert (int(seen.min()), int(seen.max())) == (70, 130)


def test_sampled_classes_give_the_batch_in_their_own_numbering() -> None:
    torch.manual_seed(0)
    net = HanCrnn(900).eval()
    labels = torch.tensor([7, 850, 7], dtype=torch.int32)
    targets = torch.zeros(2, 24, dtype=torch.long)
    targets[0, 4], targets[0, 11], targets[1, 6] = 7, 850, 7
    targets[1, 20:] = -1
    batch = Batch(torch.randn(2, 1, 32, 96), labels, torch.tensor([2, 1]), torch.tensor([24, 20]), targets)
    nearest = nearest_classes(net)
    assert bool((nearest > 0).all()), "nothing is taken for the blank"
    assert not bool((nearest == torch.arange(900)[:, None]).any())
    activations, renumbered, embedding, kept = sample_classes(net, batch.images, batch, 50, nearest)
    logits = net(batch.images)
    assert activations.shape[:2] == (24, 2)
    assert activations.shape[2] <= 1 + 2 + 2 * 3 + 50
    for old, new in zip(labels.tolist(), renumbered.labels.tolist(), strict=True):
        assert torch.allclose(activations[..., new], logits[..., old], atol=1e-5)
    assert torch.allclose(activations_of(net, batch.images, kept), activations)
    assert torch.equal(renumbered.frame_targets < 0, targets < 0)
    assert torch.equal(renumbered.frame_targets == 0, targets == 0)
    glyphs = targets.t() > 0
    expected = torch.nn.functional.cross_entropy(logits[glyphs], targets.t()[glyphs])
    assert torch.allclose(glyph_loss(net, embedding, targets.t()), expected, atol=1e-4)
    loss = CtcLoss()(activations, renumbered.labels, renumbered.frames.int(), renumbered.label_lengths.int())
    assert bool(torch.isfinite(loss).all())
