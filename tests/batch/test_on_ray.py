"""Reading on a Ray cluster of several nodes, one of which dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.inputs import listed
from ocr.batch.journal import Journal
from ocr.batch.on_ray import OnRay
from ocr.batch.task import Row, State, Task, Work
from ocr.options import Limits, Options
from tests.batch.conftest import ROOT, Batch, draw, expected, objects, texts

ray = pytest.importorskip("ray", reason="ray is not installed: pip install 'ocr[ray]'")
pytest.importorskip("ray.data", reason="pyarrow is not installed: pip install 'ocr[ray]'")
pytestmark = pytest.mark.filterwarnings("default")

STORE = 80 << 20


@pytest.fixture
def cluster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without CPUs, and two nodes with one each."""
    from ray.cluster_utils import Cluster

    if "store" in request.fixturenames:
        request.getfixturevalue("store")  # nodes have the environment in which they were started
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_register_timeout_seconds", "600")
    monkeypatch.setenv("RAY_health_check_timeout_ms", "60000")
    made = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
    )
    try:
        ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def test_a_node_dies(cluster: Any, words: dict[str, str], tmp_path: Path) -> None:
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=STORE) for _ in range(2)]
    (tmp_path / "in" / "bad.pdf").write_text("no document")
    out = tmp_path / "out"
    out.mkdir()
    work = Work(Options(fallback="never"))
    seen: list[tuple[str, State]] = []

    def kill_one(task: Task, row: Row) -> None:
        seen.append((task.name, row.state))
        if len(seen) == 3:
            cluster.remove_node(nodes[0], allow_graceful=False)

    with Journal(out / ".ocr-batch.sqlite", work, 2, "out") as journal:
        run = OnRay(journal, str(out), work, Limits(), on_row=kill_one)
        journal.add(listed([str(tmp_path / "in")]), run.complete)
        run.run()
        assert journal.count(State.DONE) == len(words)
        assert journal.count(State.FAILED) == 1
        journal.add(listed([str(tmp_path / "in")]), run.complete)
        assert journal.count(State.WAITING) == 0
    assert texts(out) == expected(words)
    assert sorted(name for name, _ in seen) == sorted(["bad", *(name.removesuffix(".png") for name in words)])
    assert [state for name, state in seen if name == "bad"] == [State.FAILED]
    assert not (out / ".ocr-batch").exists()


def test_outputs_in_an_object_store(store: dict[str, str], cluster: Any, tmp_path: Path) -> None:
    cluster.add_node(num_cpus=1, object_store_memory=STORE)
    draw(tmp_path / "in" / "a.png", "garden")
    draw(tmp_path / "in" / "b.png", "forest")
    work = Work(Options(fallback="never"))
    with Journal(tmp_path / "batch.sqlite", work, 1, "s3://bucket/out") as journal:
        run = OnRay(journal, "s3://bucket/out", work, Limits())
        journal.add(listed([str(tmp_path / "in")]), run.complete)
        run.run()
        assert journal.count(State.DONE) == 2
    assert objects() == {"a.txt": "garden\n", "b.txt": "forest\n"}


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:99999", "nonsense", "auto"])
def test_no_cluster_at_the_address(batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    draw(tmp_path / "in" / "a.png", "garden")
    refused = batch("in", "-o", "out", "--engine", "ray")
    assert refused.returncode == 1 and f"RAY_ADDRESS={address}: no Ray cluster" in refused.stderr, refused.stderr
    assert "unset RAY_ADDRESS" in refused.stderr
