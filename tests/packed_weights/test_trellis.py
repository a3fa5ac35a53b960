"""The trellis of dependent quantization, and files whose weights lie on paths through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ocr.errors import InputError
from ocr.packed_weights.coder import Layer, decode, encode
from ocr.packed_weights.container import opened, pack, sealed, unpack
from ocr.packed_weights.trellis import MOVES, STATES, offered, parity, states_along

onnx = pytest.importorskip("onnx")


def walk(rows: int, length: int, states: int, seed: int = 0, most: int = 5) -> NDArray[np.int64]:
    """Random paths, as multiples, small ones more often."""
    rng = np.random.default_rng(seed)
    found, state = np.zeros((rows, length), np.int64), np.zeros(rows, np.int64)
    for place in range(length):
        size = np.minimum(rng.geometric(0.6, rows) - 1, most)
        odd = state & 1
        found[:, place] = (2 * size - odd * (size > 0)) * rng.choice((-1, 1), rows)
        state = MOVES[STATES.index(states)][state, parity(found[:, place])]
    return found


@pytest.mark.parametrize("states", STATES)
def test_both_quantizers_are_reached_and_each_state_from_two(states: int) -> None:
    moves = MOVES[STATES.index(states)][:states]
    assert sorted(moves.reshape(-1).tolist()) == sorted([*range(states)] * 2)
    for state in range(states):
        assert {int(moves[following, p]) & 1 for following in moves[state] for p in (0, 1)} == {0, 1}


def test_values_of_a_quantizer_are_told_apart_by_parity_and_place() -> None:
    multiples = np.arange(-9, 10)
    for quantizer in (0, 1):
        own = multiples[offered(multiples, quantizer) & (multiples >= 0)]
        assert parity(own).tolist() == [k % 2 for k in range(len(own))]


def test_what_is_no_path_is_noticed() -> None:
    paths = walk(20, 50, 8)
    assert states_along(paths, 8) is not None
    paths[7, 30] += 1
    assert states_along(paths, 8) is None
    with pytest.raises(ValueError, match="not a path"):
        encode((paths.reshape(-1) + 20).astype(np.uint8), [Layer(1000, 41, 20, states=8, row=50)], 3)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 40), length=st.integers(1, 60), states=st.sampled_from(STATES), lanes=st.integers(1, 50),
    seed=st.integers(0, 99), most=st.integers(1, 60),
)  # fmt: skip
def test_round_trip_in_any_lanes_beside_plain_layers(
    rows: int, length: int, states: int, lanes: int, seed: int, most: int
) -> None:
    paths = walk(rows, length, states, seed, most)
    zero = int(np.abs(paths).max())
    plain = np.random.default_rng(seed).integers(0, 5, 77)
    ranks = np.concatenate([plain, paths.reshape(-1) + zero, plain]).astype(np.uint8)
    layers = [Layer(77, 5, 2), Layer(paths.size, 2 * zero + 1, zero, 1, length, states, length), Layer(77, 5, 2)]
    assert (decode(encode(ranks, layers, lanes), layers, lanes) == ranks).all()


@settings(max_examples=25, deadline=None)
@given(
    shape=st.sampled_from([(40, 30), (20, 8, 3, 3), (2, 24, 16), (1, 300), (300, 1)]),
    states=st.sampled_from(STATES), turned=st.booleans(), seed=st.integers(0, 99),
    step=st.floats(2.0**-20, 1024, width=32),
)  # fmt: skip
def test_packed_paths_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, ...], states: int, turned: bool, seed: int, step: float
) -> None:
    length = shape[-1] if len(shape) == 3 else int(np.prod(shape[1:]))
    array = walk(int(np.prod(shape)) // length, length, states, seed).reshape(shape) * np.float32(step)
    array = np.ascontiguousarray(array.T if turned and array.ndim == 2 else array).astype(np.float32)
    path = tmp_path_factory.mktemp("packed") / "model.dcz"
    found = _weights_of(pack(b"", {"weights": array, "other": np.ones((9, 9), np.float32)}), path)
    assert found["weights"].tobytes() == (array + np.float32(0)).tobytes()


def test_format_is_the_second_only_where_there_are_paths_and_a_third_is_refused(tmp_path: Path) -> None:
    paths, path = walk(40, 30, 8).astype(np.float32), tmp_path / "model.dcz"
    for version, array in ((1, np.abs(paths) + 1), (2, paths)):
        path.write_bytes(pack(b"", {"weights": array}))
        about, model, rest = opened(path)
        assert about["format"] == version
    path.write_bytes(sealed({**about, "format": 3}, model, rest))
    with pytest.raises(InputError, match=r"model\.dcz: of a later version of ocr \(3\)"):
        unpack(path)


@pytest.mark.parametrize("where", [-1, -40, 24, 60])
def test_a_changed_byte_is_refused(where: int, tmp_path: Path) -> None:
    data = bytearray(pack(b"", {"weights": walk(40, 30, 8).astype(np.float32)}))
    data[where] ^= 4
    path = tmp_path / "model.dcz"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"model\.dcz: damaged: its checksum is wrong"):
        unpack(path)


@pytest.mark.parametrize("wrong", [{"states": 5}, {"row": 0}, {"states": "x"}, {"row": 7}])
def test_heads_that_make_no_sense_are_refused_though_their_checksum_is_right(
    wrong: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "model.dcz"
    path.write_bytes(pack(b"", {"weights": walk(40, 30, 8).astype(np.float32)}))
    about, model, rest = opened(path)
    entry = about["tensors"][0]
    entry[8], entry[9] = wrong.get("states", entry[8]), wrong.get("row", entry[9])
    path.write_bytes(sealed(about, model, rest))
    with pytest.raises(InputError, match=r"model\.dcz: damaged"):
        unpack(path)


def test_trellis_costs_less_than_all_multiples_coded_alike() -> None:
    paths = walk(200, 300, 8)
    ranks, lanes = (paths.reshape(-1) + 20).astype(np.uint8), 25
    plain = len(encode(ranks, [Layer(60_000, 41, 20)], lanes))
    assert len(encode(ranks, [Layer(60_000, 41, 20, states=8, row=300)], lanes)) < 0.85 * plain


def _weights_of(data: bytes, path: Path) -> dict[str, NDArray[np.float32]]:
    path.write_bytes(data)
    model = onnx.load_from_string(unpack(path))
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
