"""The memory, and that padding changes nothing."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")

from ocr.answers.facts import BUCKETS  # noqa: E402
from ocr.train.ask.measure import case  # noqa: E402
from ocr.train.ask.net import DocumentNet, EpisodicMemory, StoryNet  # noqa: E402
from ocr.train.ask.pages import batch_of, questions  # noqa: E402
from ocr.train.ask.papers import draw  # noqa: E402
from ocr.train.ask.stories import ANSWERS, WORDS, stories, story_loss  # noqa: E402


@pytest.mark.parametrize("ordered", [False, True])
def test_facts_behind_the_end_are_not_seen(ordered: bool) -> None:
    torch.manual_seed(1)
    memory = EpisodicMemory(8, 2, ordered)
    facts, question = torch.randn(1, 6, 8), torch.randn(1, 8)
    with torch.no_grad():
        whole, attention = memory(facts, torch.tensor([4]), question)
        cut, _ = memory(facts[:, :4], torch.tensor([4]), question)
    assert torch.allclose(whole, cut, atol=1e-6)
    assert attention.softmax(2)[..., 4:].max() < 1e-6


def test_padding_of_pages_and_questions_changes_nothing() -> None:
    torch.manual_seed(1)
    net = DocumentNet(BUCKETS, 8, 16, 2).eval()
    rng = random.Random(1)
    pages = [draw(kind, rng) for kind in ("form", "receipt")]
    cases = [case(page, questions(page, rng, 3)) for page in pages]
    short, long = sorted(((one.page, one.questions) for one in cases), key=lambda pair: len(pair[0].pieces))
    with torch.no_grad():
        alone = net(*batch_of([short])[:4])
        both = net(*batch_of([short, long])[:4])
    lines = len(short[0].pieces)
    assert torch.allclose(alone[2], both[2][:3, :, :lines], atol=1e-4)
    assert torch.allclose(alone[0][:, 0], both[0][:3, 0], atol=1e-4)


def test_the_story_net_learns() -> None:
    torch.manual_seed(1)
    net = StoryNet(len(WORDS) + 1, len(ANSWERS), 32)
    optimizer, rng = torch.optim.Adam(net.parameters(), 1e-2), random.Random(1)
    losses = []
    for _ in range(25):
        loss = story_loss(net, stories(rng, 50, [20]))["loss"]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]
