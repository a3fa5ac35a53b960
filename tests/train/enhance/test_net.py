"""The operator net: it starts as the identity, folds exactly, and depends on nothing beyond its radius."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ocr.train.enhance.net import Can, CanConfig, PhotoCan, PhotoCanConfig, fixed  # noqa: E402

SMALL = CanConfig(width=6, dilations=(1, 2, 4, 1))


def trained_looking(conditions: int) -> Can:
    """A net with statistics and conditional terms that are not those of the start."""
    torch.manual_seed(3)
    net = Can(SMALL, conditions)
    for norm in net.norms:
        torch.nn.init.normal_(norm.table, std=0.3)
        torch.nn.init.normal_(norm.base, mean=0.5, std=0.3)
    for _ in range(30):
        net(torch.rand(2, 3, 24, 24), torch.eye(conditions)[:2])
    return net.eval()


def test_starts_near_the_identity() -> None:
    torch.manual_seed(1)
    image = torch.rand(1, 3, 40, 40)
    with torch.no_grad():
        result = Can(CanConfig(), 2)(image, torch.tensor([[1.0, 0.0]]))
    assert float((result - image).abs().mean()) < 0.15


def test_paper_size() -> None:
    net = Can(CanConfig(), 1)
    assert net.config.radius == 128
    assert 36_000 < sum(p.numel() for p in net.convolutions.parameters()) < 38_000


def test_condition_changes_the_result() -> None:
    net, image = trained_looking(2), torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        first, second = (net(image, row[None]) for row in torch.eye(2))
    assert float((first - second).abs().max()) > 1e-2


def test_nothing_beyond_the_radius_counts() -> None:
    net = trained_looking(1)
    image = torch.rand(1, 3, 1, 40)
    changed = image.clone()
    changed[..., SMALL.radius + 1 :] = 0
    with torch.no_grad():
        before, after = (net(picture, torch.ones(1, 1))[..., 0] for picture in (image, changed))
    assert torch.equal(before, after)


def test_frozen_norms_use_running_statistics() -> None:
    net = trained_looking(1).train()
    net.freeze()
    image = torch.rand(2, 3, 16, 16)
    with torch.no_grad():
        together, alone = net(image, torch.ones(2, 1))[:1], net(image[:1], torch.ones(1, 1))
    assert torch.allclose(together, alone, atol=1e-6)


def test_fixed_to_a_condition_nothing_changes() -> None:
    net, image, condition = trained_looking(3), torch.rand(1, 3, 30, 20), torch.tensor([0.0, 1.0, 0.0])
    with torch.no_grad():
        assert torch.allclose(fixed(net, condition)(image), net(image, condition[None]), atol=1e-5)


def photo() -> PhotoCan:
    """A net with statistics and a last layer that are not those of the start."""
    torch.manual_seed(4)
    net = PhotoCan(PhotoCanConfig(width=6, dilations=(1, 2, 1)), 4)
    torch.nn.init.normal_(net.last.weight, std=0.3)
    for _ in range(30):
        net(torch.rand(2, 4, 24, 24))
    return net.eval()


def test_photo_net_starts_from_adding_nothing() -> None:
    with torch.no_grad():
        assert not PhotoCan(PhotoCanConfig(), 3)(torch.rand(1, 3, 32, 48)).any()


def test_photo_net_is_small_and_sees_far() -> None:
    net = PhotoCan(PhotoCanConfig(), 3)
    assert net.config.radius == 130
    assert sum(p.numel() for p in net.parameters()) < 60_000


def test_photo_net_sees_nothing_beyond_its_radius_and_all_within() -> None:
    net, image = photo(), torch.rand(1, 4, 2, 60)
    reach = net.config.radius
    for beyond, place in ((True, reach), (False, reach - 2)):
        changed = image.clone()
        changed[..., place:] = 0
        with torch.no_grad():
            before, after = (net(picture)[..., :2] for picture in (image, changed))
        assert torch.equal(before, after) == beyond


def test_plain_photo_net_is_the_same() -> None:
    net, image = photo(), torch.rand(1, 4, 30, 20)
    with torch.no_grad():
        assert torch.allclose(net.plain()(image), net(image), atol=1e-5)
