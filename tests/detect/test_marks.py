import cv2
import numpy as np
import pytest

from ocr.detect.marks import components, marks


def dots(step: int) -> np.ndarray:
    ink = np.zeros((1200, 1100), np.uint8)
    ink[::step, ::step] = 1
    return ink


@pytest.mark.parametrize("density", [0.02, 0.1, 0.3, 0.6])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (203, 97)])
def test_components_are_those_of_opencv(shape: tuple[int, int], density: float) -> None:
    ink = (np.random.default_rng(7).random(shape) < density).astype(np.uint8)
    labels, stats = components(ink)
    _, right, numbers, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    assert (labels == right).all()
    assert (stats == numbers).all()


@pytest.mark.parametrize(("step", "count", "kind"), [(2, 330_000, np.int32), (5, 52_800, np.uint16)])
def test_a_halftone_has_more_marks_than_16_bits_can_number(step: int, count: int, kind: type) -> None:
    labels, stats = components(dots(step))
    assert labels.dtype == kind
    assert len(stats) == count + 1
    assert stats[1:, cv2.CC_STAT_AREA].max() == 1


def test_a_mark_is_given_by_its_edges_and_its_area() -> None:
    ink = np.zeros((20, 30), np.uint8)
    ink[4:9, 10:22] = 1
    ink[6, 12] = 0
    assert marks(ink).tolist() == [[10, 4, 22, 9, 59]]
