"""Whether two faces are the same person's, with a small net in place of SFace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr.face import detector
from ocr.face.same import THRESHOLD, VARIABLE, probability
from ocr.geometry import turned

CARD = (245, 225, 1015, 715)
"""The card in the sample, in pixels."""


@pytest.fixture(autouse=True)
def installed() -> None:
    try:
        detector.weights()
    except ocr.DependencyError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def card() -> NDArray[np.uint8]:
    path = Path(__file__).parent.parent.parent / "samples" / "card-front.jpg"
    left, top, right, bottom = CARD
    return np.asarray(Image.open(path).convert("RGB"))[top:bottom, left:right]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A net with the inputs and outputs of SFace: the mean colour of 16 parts of a face, less that of a grey one."""
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed; run: pip install onnx")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("AveragePool", ["data"], ["pooled"], kernel_shape=[28, 28], strides=[28, 28]),
        helper.make_node("Sub", ["pooled", "grey"], ["centred"]),
        helper.make_node("Reshape", ["centred", "shape"], ["fc1"]),
    ]
    constants = [
        helper.make_tensor("grey", kind, [1, 1, 1, 1], [127.0]),
        helper.make_tensor("shape", onnx.TensorProto.INT64, [2], [1, 48]),
    ]
    shapes = [helper.make_tensor_value_info(n, kind, s) for n, s in (("data", [1, 3, 112, 112]), ("fc1", [1, 48]))]
    graph = helper.make_graph(nodes, "small", shapes[:1], shapes[1:], constants)
    path = tmp_path_factory.mktemp("face") / "small.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8), path)
    return path


def test_a_portrait_and_itself_turned_and_in_grey(card: NDArray[np.uint8], model: Path) -> None:
    for other in (card, turned(card, 90), turned(card, 180)):
        found = ocr.same_person(card, other, model=model)
        assert found.likeness > 0.95 and found.probability > 0.999
    assert ocr.same_person(card, card.mean(2).astype(np.uint8), model=str(model)).likeness > 0.8
    assert found.error_rate is None, "only the published weights have a published error rate"
    assert found.to_json()["portrait"] == found.portrait.to_json()


def test_another_colouring_is_less_alike(card: NDArray[np.uint8], model: Path) -> None:
    other = np.ascontiguousarray(card[:, :, ::-1])
    assert ocr.same_person(card, other, model=model).likeness < 0.95


def test_probability() -> None:
    assert probability(THRESHOLD) == pytest.approx(0.5)
    assert probability(0.0) == pytest.approx(1 - probability(2 * THRESHOLD)) and probability(0.0) < 0.01
    assert probability(-1.0) >= 0 and probability(1.0) <= 1


def test_no_face_and_two_faces(card: NDArray[np.uint8], model: Path) -> None:
    with pytest.raises(ocr.NoFaceError):
        ocr.same_person(card, np.full((300, 300, 3), 200, np.uint8), model=model)
    with pytest.raises(ocr.SeveralFacesError) as caught:
        ocr.same_person(np.vstack([card, card]), card, model=model)
    assert len(caught.value.boxes) >= 2


def test_weights_that_are_missing_or_others(
    card: NDArray[np.uint8], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Path
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ocr.DependencyError, match="export OCR_FACE_MODEL="):
        ocr.same_person(card, card)
    with pytest.raises(ocr.DependencyError, match=r"none\.onnx"):
        ocr.same_person(card, card, model=tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("not a net", encoding="utf-8")
    with pytest.raises(ocr.DependencyError, match=r"text\.onnx: no weights of a face recogniser"):
        ocr.same_person(card, card, model=tmp_path / "text.onnx")
    with pytest.raises(ocr.DependencyError, match="no weights of a face recogniser"):
        ocr.same_person(card, card, model=detector.weights())
    with pytest.raises(ocr.UsageError, match="model"):
        ocr.same_person(card, card, model=3)  # type: ignore[arg-type]
    monkeypatch.setenv(VARIABLE, str(model))
    assert ocr.same_person(card, card).likeness > 0.99
