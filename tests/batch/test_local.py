"""``ocr batch`` on one machine: every file once, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pikepdf
import pytest

from ocr.batch.fetch import fetched
from ocr.batch.inputs import listed
from ocr.cli.batch_run import _parts
from ocr.errors import OutputError, UsageError
from tests.batch.conftest import Batch, command, draw, environment, expected, rows, texts

JOURNAL = ".ocr-batch.sqlite"


def left_over(out: Path) -> list[str]:
    """Names in the output directory besides outputs and the journal."""
    return [p.name for p in out.rglob("*") if p.is_file() and p.suffix != ".txt" and not p.name.startswith(JOURNAL)]


def test_folders_keep_their_structure_and_a_second_start_says_so(
    batch: Batch, status: Batch, words: dict[str, str], tmp_path: Path
) -> None:
    done = batch("in", "-o", "out")
    assert done.returncode == 0, done.stderr
    assert texts(tmp_path / "out") == expected(words)
    assert "12 files: 12 done; 12 pages" in done.stderr
    assert left_over(tmp_path / "out") == []

    again = batch("in", "-o", "out")
    assert again.returncode == 1
    assert "12 of 12 files finished" in again.stderr
    assert "ocr batch -j 2 --no-fallback in -o out --resume" in again.stderr
    hidden = batch("in", "-o", "out", "--password", "secret")
    assert "the same command with --resume" in hidden.stderr and "secret" not in hidden.stderr

    told = json.loads(status("out", "--json", "--price-per-hour", "2").stdout)
    assert told["files"]["done"] == told["files"]["total"] == told["pages"] == 12
    assert told["million_pages"]["cost"] == pytest.approx(2 * told["million_pages"]["hours"], abs=0.1)
    listed = [json.loads(line) for line in status("out", "--list").stdout.splitlines()]
    assert {row["output"] for row in listed} == {name.removesuffix(".png") for name in words}


def test_resume_reads_only_what_is_new_changed_or_gone(batch: Batch, words: dict[str, str], tmp_path: Path) -> None:
    assert batch("in", "-o", "out").returncode == 0
    before = rows(tmp_path / "out" / JOURNAL)
    draw(tmp_path / "in" / "a" / "p0.png", "changed")
    draw(tmp_path / "in" / "d" / "new.png", "orchard")
    (tmp_path / "out" / "b" / "p1.txt").unlink()
    os.utime(tmp_path / "in" / "c" / "p2.png")  # another date, the same content
    done = batch("in", "-o", "out", "--resume")
    assert done.returncode == 0, done.stderr
    assert texts(tmp_path / "out") == expected({**words, "a/p0.png": "changed", "d/new.png": "orchard"})
    after = rows(tmp_path / "out" / JOURNAL)
    assert {name for name in after if before.get(name) != after[name]} == {"in/a/p0.png", "in/b/p1.png", "in/d/new.png"}


def test_killed_at_random_moments_every_file_is_read_once(batch: Batch, words: dict[str, str], tmp_path: Path) -> None:
    journal, out = tmp_path / "out" / JOURNAL, tmp_path / "out"
    moments = random.Random(5)
    done: dict[str, tuple[object, ...]] = {}
    for _ in range(5):
        with subprocess.Popen(
            command("in", "-o", "out", "--resume"), cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
        ) as process:
            end = time.monotonic() + moments.uniform(0.5, 5)
            while process.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            process.kill()
        if journal.exists():
            now = {name: row for name, row in rows(journal).items() if row[0] == "done"}
            assert {name: now.get(name) for name in done} == done, "a file that was done was done again"
            for name in now:
                assert (out / name.removeprefix("in/")).with_suffix(".txt").read_text(), "done without its output"
            done = now
    last = batch("in", "-o", "out", "--resume")
    assert last.returncode == 0, last.stderr
    assert texts(out) == expected(words)
    final = rows(journal)
    assert {name: final[name] for name in done} == done
    assert {row[0] for row in final.values()} == {"done"}
    assert left_over(out) == []


def test_the_same_content_is_read_once(batch: Batch, words: dict[str, str], tmp_path: Path) -> None:
    for number in range(3):
        shutil.copy(tmp_path / "in" / "a" / "p0.png", tmp_path / "in" / f"copy{number}.png")
    done = batch("in", "-o", "out")
    assert done.returncode == 0, done.stderr
    copies = {f"copy{n}.png": words["a/p0.png"] for n in range(3)}
    assert texts(tmp_path / "out") == expected(words | copies)
    read = [row for name, row in rows(tmp_path / "out" / JOURNAL).items() if "copy" in name or name.endswith("p0.png")]
    assert sum(seconds > 0 for _, _, seconds in read) == 1


def test_other_settings_and_other_versions_are_refused(batch: Batch, tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", "word")
    assert batch("in", "-o", "out").returncode == 0
    other = batch("in", "-o", "out", "--resume", "--dpi", "200")
    assert other.returncode == 1 and "dpi 300.0, not 200.0" in other.stderr
    with sqlite3.connect(tmp_path / "out" / JOURNAL) as db:
        db.execute("PRAGMA user_version=99")
    version = batch("in", "-o", "out", "--resume")
    assert version.returncode == 1 and "version 99" in version.stderr and "-o" in version.stderr
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / JOURNAL).write_text("not a database, but some text that is longer than a header")
    strange = batch("in", "-o", "strange", "--resume")
    assert strange.returncode == 1 and "not a journal" in strange.stderr
    assert (tmp_path / "strange" / JOURNAL).read_text().startswith("not a database")


def test_failed_files_are_rows_and_can_be_retried(
    batch: Batch, status: Batch, words: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "in" / "bad.pdf").write_text("no document")
    done = batch("in", "-o", "out")
    assert done.returncode == 5 and "--retry-failed" in done.stderr
    assert texts(tmp_path / "out") == expected(words)
    assert "InputError: 1 file" in status("out").stdout
    assert batch("in", "-o", "out", "--resume").returncode == 5
    before = rows(tmp_path / "out" / JOURNAL)
    draw(tmp_path / "good.png", "mended")
    shutil.copy(tmp_path / "good.png", tmp_path / "in" / "bad.pdf")
    retried = batch("in", "-o", "out", "--retry-failed")
    assert retried.returncode == 0, retried.stderr
    assert (tmp_path / "out" / "bad.txt").read_text() == "mended\n"
    after = rows(tmp_path / "out" / JOURNAL)
    assert [name for name in after if before[name] != after[name]] == ["in/bad.pdf"]


def test_a_bad_page_does_not_cost_the_document(batch: Batch, samples: Path, tmp_path: Path) -> None:
    with pikepdf.open(samples / "scan.pdf") as pdf:
        bad = pdf.make_stream(b"no jpeg", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=600, Height=800)
        bad.stream_dict.update({"/ColorSpace": pikepdf.Name.DeviceGray, "/BitsPerComponent": 8})
        bad.stream_dict.Filter = pikepdf.Name.DCTDecode
        page = pdf.pages[1]
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(bad)))
        page.Contents = pdf.make_stream(b"q 612 0 0 792 0 0 cm /Im Do Q")
        pdf.save(tmp_path / "bad-page.pdf")
    done = batch("bad-page.pdf", "-o", "out", "--format", "txt,json")
    assert done.returncode == 5 and "page 2" in done.stderr
    pages = json.loads((tmp_path / "out" / "bad-page.json").read_text())["pages"]
    assert [bool(page["text"]) for page in pages] == [True, False, True]
    assert rows(tmp_path / "out" / JOURNAL)["bad-page.pdf"][0] == "partial"


def test_lists_and_patterns_and_names(batch: Batch, words: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("in/a/p0.png\n\nin/b/p1.png\n")
    (tmp_path / "list.jsonl").write_text('{"path": "in/c/p2.png", "name": "renamed/x.png"}\n')
    draw(tmp_path / "in" / "a" / "p0.jpg", "second")
    done = batch("@list.txt", "in/a/*.jpg", "in/**/p3.png", "-o", "out", "--manifest", "list.jsonl")
    assert done.returncode == 0, done.stderr
    assert texts(tmp_path / "out") == {
        "in/a/p0.txt": f"{words['a/p0.png']}\n",
        "in/b/p1.txt": f"{words['b/p1.png']}\n",
        "p0.txt": "second\n",
        "a/p3.txt": f"{words['a/p3.png']}\n",
        "renamed/x.txt": f"{words['c/p2.png']}\n",
    }
    collides = batch("in/a/p0.png", "in/a/p0.jpg", "-o", "two")
    assert "its output is named p0.jpg" in collides.stderr
    assert texts(tmp_path / "two") == {"p0.txt": f"{words['a/p0.png']}\n", "p0.jpg.txt": "second\n"}
    stdin = batch("-", "-o", "three", input="in/a/p0.png\n")
    assert texts(tmp_path / "three") == {"in/a/p0.txt": f"{words['a/p0.png']}\n"}, stdin.stderr


def test_an_output_never_replaces_an_input(batch: Batch, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(samples / "scan.pdf", folder / "scan.pdf")
    before = (folder / "scan.pdf").read_bytes()
    done = batch("in", "-o", "in", "--format", "pdf", "--pages", "1")
    assert done.returncode == 5 and "would replace the input" in done.stderr
    assert (folder / "scan.pdf").read_bytes() == before


def test_a_full_disk_stops_the_run_and_nothing_is_lost(batch: Batch, words: dict[str, str], tmp_path: Path) -> None:
    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))

    full = batch("in", "-o", "out", "--format", "hocr,json,txt", preexec_fn=little)
    assert full.returncode == 4, full.stderr
    assert "df -h" in full.stderr
    done = batch("in", "-o", "out", "--format", "hocr,json,txt", "--resume")
    assert done.returncode == 0, done.stderr
    assert texts(tmp_path / "out") == expected(words)


@pytest.mark.parametrize(("engine", "size"), [("local", "200k"), ("shared", "100k")])
def test_a_disk_that_is_full(batch: Batch, samples: Path, tmp_path: Path, engine: str, size: str) -> None:
    """A real one: what was done stays, and the same command goes on when there is space."""
    out = tmp_path / "out"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", out], check=False).returncode:
        pytest.skip("a file system of a given size can be mounted by root alone")
    try:
        draw(tmp_path / "in" / "a.png", "word")
        shutil.copy(samples / "card-front.jpg", tmp_path / "in" / "b.jpg")
        arguments = ("in", "-o", "out", "--format", "pdf,txt", "--engine", engine)
        full = batch(*arguments)
        assert full.returncode == 4 and "No space left on device" in full.stderr, full.stderr
        assert not (out / "b.pdf").exists() and (out / "a.txt").read_text() == "word\n"
        subprocess.run(["mount", "-o", "remount,size=20m", out], check=True)
        done = batch(*arguments, *(["--resume"] if engine == "local" else []))
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in out.glob("[ab].*")) == ["a.pdf", "a.txt", "b.pdf", "b.txt"]
        assert "1 file: 1 done" in done.stderr
    finally:
        subprocess.run(["umount", out], check=True)


def test_two_processes_on_one_journal(words: dict[str, str], batch: Batch, tmp_path: Path) -> None:
    with subprocess.Popen(
        command("in", "-o", "out"), cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    ) as first:
        while not (tmp_path / "out" / JOURNAL).exists():
            time.sleep(0.02)
        second = batch("in", "-o", "out", "--resume")
        assert second.returncode == 1 and "another ocr batch works on it" in second.stderr
        assert first.wait(120) == 0
    assert texts(tmp_path / "out") == expected(words)


def test_a_watched_folder(words: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with subprocess.Popen(
        command("in", "-o", "out", "--watch"), cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    ) as process:
        try:
            end = time.monotonic() + 90
            while len(texts(out)) < len(words) and time.monotonic() < end:
                time.sleep(0.1)
            assert texts(out) == expected(words)
            draw(tmp_path / "later.png", "harvest")
            whole = (tmp_path / "later.png").read_bytes()
            with (tmp_path / "in" / "later.png").open("wb", buffering=0) as slow:
                for at in range(0, len(whole), len(whole) // 5):
                    slow.write(whole[at : at + len(whole) // 5])
                    time.sleep(0.8)
            while not (out / "later.txt").exists() and time.monotonic() < end:
                time.sleep(0.1)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
    assert texts(out) == expected({**words, "later.png": "harvest"})
    assert rows(out / JOURNAL)["in/later.png"][0] == "done"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"path": "in/a.png", "name": "a\0b"}, "NUL"),
        ({"path": "in/a.png", "name": "a\ud800b"}, r"\ud800"),
        ({"path": "in/\ud800.png"}, r"\ud800"),
        ({"path": "in/a.png", "name": ".ocr-batch/batch.png"}, "give it another name"),
    ],
)
def test_names_that_a_list_cannot_give(line: dict[str, str], said: str, tmp_path: Path) -> None:
    manifest = tmp_path / "list.jsonl"
    manifest.write_text(json.dumps(line) + "\n")
    with pytest.raises(UsageError, match=re.escape(said)):
        list(listed([], [str(manifest)]))


def test_names_of_a_list_stay_below_the_output(tmp_path: Path) -> None:
    manifest = tmp_path / "list.jsonl"
    names = ("../../x.png", "/etc/x.png", "a/../../x.png")
    manifest.write_text("".join(json.dumps({"path": "in/a.png", "name": name}) + "\n" for name in names))
    assert [item.name.as_posix() for item in listed([], [str(manifest)])] == ["x.png", "etc/x.png", "a/x.png"]


def test_odd_files_of_a_folder_with_the_output_inside(batch: Batch, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    draw(folder / "a.png", "archive")
    for name, word in ((b"new\nline.png", "bishop"), (b"latin\xff.png", "cellar")):
        draw(tmp_path / "one.png", word)
        os.rename(tmp_path / "one.png", os.path.join(os.fsencode(folder), name))
    (folder / "loop").symlink_to(".")
    os.mkfifo(folder / "pipe.png")
    for more in ((), ("--resume",)):
        done = batch("in", "-o", "in/out", "--format", "pdf,txt", *more)
        assert done.returncode == 0, done.stderr
    assert "0 files" in done.stderr
    found = {os.fsencode(name): text for name, text in texts(folder / "out").items()}
    assert found == {b"a.txt": "archive\n", b"new\nline.txt": "bishop\n", b"latin\xff.txt": "cellar\n"}


def test_two_journals_and_one_output(words: dict[str, str], batch: Batch, tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with subprocess.Popen(
        command("in", "-o", "out"), cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL
    ) as first:
        while not (tmp_path / "out" / JOURNAL).exists():
            time.sleep(0.02)
        second = batch("in", "-o", "out", "--journal", "j/other.sqlite")
        assert second.returncode == 1 and "another ocr batch works on it" in second.stderr
        assert first.wait(120) == 0
    assert texts(tmp_path / "out") == expected(words)


def test_what_is_unfinished_belongs_to_one_journal(tmp_path: Path) -> None:
    """The files of each journal are numbered from 1; the unfinished outputs of one are not those of another."""
    with _parts(tmp_path, tmp_path / "a.sqlite") as first, _parts(tmp_path, tmp_path / "b.sqlite") as second:
        (first / "1.txt").write_text("of the first")
        assert not list(second.iterdir())
    with _parts(tmp_path, None) as third:
        assert not [path for path in third.iterdir() if path.is_file()]
    with _parts(tmp_path, tmp_path / "a.sqlite") as again:
        assert (again / "1.txt").read_text() == "of the first"
        (again / "1.txt").unlink()
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_for_parts(batch: Batch, tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", "word")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".ocr-batch").write_text("")
    done = batch("in", "-o", "out")
    assert done.returncode == 4 and "ls -ld out/.ocr-batch" in done.stderr


def test_a_url_that_is_searched_without_its_outputs() -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'ocr[batch]'")
    store = fsspec.filesystem("memory")
    for name in ("a.pdf", "b/c.png", "out/a.pdf", "outer/d.pdf", ".ocr-batch/parts/1.pdf"):
        store.pipe_file(f"/bucket/{name}", b"x")
    found = listed(["memory://bucket/"], output="memory://bucket/out")
    assert [item.name.as_posix() for item in found] == ["a.pdf", "b/c.png", "outer/d.pdf"]


def test_a_copy_that_does_not_fit_on_the_disk(tmp_path: Path) -> None:
    """An error of the disk, which stops a batch, and not of the file; nothing is left of the copy."""
    fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed: pip install 'ocr[batch]'")
    fsspec.filesystem("memory").pipe_file("/large.pdf", bytes(5000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OutputError, match="df -h"):
            fetched("memory://large.pdf", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())
