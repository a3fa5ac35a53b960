"""Layouts that training does not draw, and the confidence that is fitted to some of them."""

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from ocr.answers.reader import WEIGHTS, confidence_of  # noqa: E402
from ocr.answers.spans import Span  # noqa: E402
from ocr.train.ask.calibrate import fit_confidence  # noqa: E402
from ocr.train.ask.held_back import FITTING, LABELS, MEASURING, asked, draw_held_back  # noqa: E402
from ocr.train.ask.material import FORM_LABELS  # noqa: E402
from ocr.train.ask.measure import Asked, case  # noqa: E402


@pytest.mark.parametrize("name", [*FITTING, *MEASURING])
def test_forms_answer_some_questions_and_not_others(name: str) -> None:
    rng = random.Random(4)
    page = draw_held_back(rng, (FITTING | MEASURING)[name])  # type: ignore[operator]
    assert len(page.fields) >= 5 and not set(page.fields) & set(page.absent)
    found = case(page, asked(page, rng, 30))
    assert 3 < sum(not right for right in found.right) < 27
    for right in found.right:
        assert all(text in " ".join(found.texts) for text in right)


def test_labels_and_layouts_are_apart_from_training() -> None:
    assert not set(LABELS) & set(FORM_LABELS) and not set(FITTING) & set(MEASURING)


def test_the_curve_follows_what_the_page_says() -> None:
    rng, found = np.random.default_rng(1), []
    for _ in range(400):
        beside = float(rng.random() < 0.5)
        right = rng.random() < (0.9 if beside else 0.2)
        span = Span("a", 0.7, (0,), 0, 1)
        found.append(Asked(span, 0.2, frozenset({"a"} if right else {"b"}), (beside, 1.0, 0.0)))
    weights = fit_confidence(found)
    assert len(weights) == WEIGHTS
    sure, unsure = (confidence_of(Span("a", 0.7, (0,), 0, 1), 0.2, (k, 1.0, 0.0), weights) for k in (1.0, 0.0))
    assert sure == pytest.approx(0.9, abs=0.07) and unsure == pytest.approx(0.2, abs=0.07)
