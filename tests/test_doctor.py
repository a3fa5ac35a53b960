"""What ``ocr doctor`` finds, and what it advises."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ocr import doctor, weights
from ocr.doctor import PACKAGES, Finding, State, examine, install_extra
from ocr.languages import LANGUAGES, OTHERS, languages

ROOT = Path(__file__).parent.parent


def found(name: str) -> Finding:
    return next(finding for finding in examine() if finding.name == name)


def test_the_required_packages_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [name.split(">")[0] for name in project["dependencies"]] == list(PACKAGES)


def test_everything_required_is_here() -> None:
    assert [finding for finding in examine() if finding.state is State.MISSING] == []
    assert "checksums match" in found("ocr read --lang en").text


def test_every_lang_it_names_can_be_read_and_every_language_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = [finding.name.removeprefix("ocr read --lang ") for finding in examine() if "--lang" in finding.name]
    assert len(reads) == 3 and all(languages(lang) for lang in reads)
    assert "lm-european" in found("ocr read --lang latin").text
    monkeypatch.setattr(doctor, "_packs", lambda: ["ara", "eng", "jpn"])
    text = found("languages").text
    assert text.endswith("; by Tesseract: ar ja") and set(LANGUAGES) <= set(text.split(";")[0].split())
    monkeypatch.setattr(doctor, "_packs", list)
    assert set(OTHERS) == set(found("languages").text.rpartition("with packs of Tesseract: ")[2].split())


def test_a_missing_package_and_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        if name in {"pikepdf", "torch"}:
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", absent)
    assert found("pikepdf") == Finding("pikepdf", State.MISSING, "required; run: pip install pikepdf")
    assert found("torch").state is State.OPTIONAL and install_extra("train") in found("torch").text


def test_an_extra_is_installed_from_the_checkout_or_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert install_extra("train") == "pip install '.[train]'"
    monkeypatch.setattr(doctor, "CHECKOUT", tmp_path)
    assert install_extra("train") == "pip install 'ocr[train]'"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of models that holds those of the wheel alone."""
    folder = weights.folder()
    (tmp_path / "compressed").mkdir()
    for path in (*folder.iterdir(), *(folder / "compressed").iterdir()):
        if path.is_file():
            (tmp_path / path.relative_to(folder)).symlink_to(path)
    for record in weights.manifest().models.values():
        if not record.wheel:
            (tmp_path / record.file).unlink(missing_ok=True)
    monkeypatch.setattr(weights, "FOLDERS", (tmp_path,))
    return tmp_path


def test_what_the_wheel_leaves_out_is_one_line_and_no_alarm(models: Path) -> None:
    findings = examine()
    assert not [finding for finding in findings if finding.state is State.MISSING]
    [further] = [finding for finding in findings if str(models) in finding.text]
    assert further.state is State.OPTIONAL
    absent = [record.file for record in weights.manifest().models.values() if not record.wheel]
    assert absent and all(name in further.text for name in absent)


def test_a_missing_and_a_damaged_model(models: Path) -> None:
    file = models / weights.manifest().models["crnn-european-wide-int8"].file
    file.unlink()
    assert found("ocr read --lang en").state is State.MISSING
    assert f"{file} is missing; run: git checkout -- models/{file.name}" in found("ocr read --lang en").text
    assert found("ocr read --lang zh").state is State.OK
    file.write_bytes(b"not a model")
    assert f"{file} is damaged" in found("ocr read --lang en").text


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_programs_that_do_not_work_or_lack_languages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program(tmp_path, "pdftoppm", "exit 1")
    assert found("poppler").text.startswith("unknown version")
    program(tmp_path, "tesseract", "case $1 in --version) echo tesseract 5.3.0;; *) echo 'List (1):'; echo eng;; esac")
    tesseract = found("tesseract")
    assert tesseract.state is State.OPTIONAL
    assert "without the languages chi_sim" in tesseract.text and "apt install tesseract-ocr-chi-sim" in tesseract.text


def test_a_tesseract_that_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> str:
        raise OSError("bad ELF")

    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("pytesseract.get_tesseract_version", crash)
    assert "not working (bad ELF); try: tesseract --version" in found("tesseract").text


def test_a_damaged_manifest_is_missing_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr(weights, "FOLDERS", (tmp_path,))
    assert found("models").state is State.MISSING and "manifest.json" in found("models").text
