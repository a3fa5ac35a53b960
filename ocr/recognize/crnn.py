"""The CRNN recogniser (Shi, Bai, Yao 2015) at run time: line images in, characters with spans out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine import Session, cores
from ocr.recognize import Glyph, Reading
from ocr.recognize.crowded import WIDENED, crowded, may_lack_a_letter
from ocr.recognize.ctc import Spelled, beam, extents, greedy
from ocr.recognize.doubtful import SKIPPED, Frames, LanguageDecoder
from ocr.recognize.homoglyphs import in_one_script, script_of, strays
from ocr.recognize.language import LanguageModel, fold
from ocr.recognize.looks import higher, mean_frames, mean_of_two
from ocr.weights import model

__all__ = ["CrnnRecognizer", "RecognizerSettings", "line_picture", "tightened"]

BATCH = 8
INVERTED_BELOW = 96
"""Mean grey level below which a line is light on dark."""
TIGHT = 0.62
"""Lines are cropped to the rows with ink if these are less than this share."""
LEAST_ROWS = 0.35
"""Least share of the rows that remains."""
RULE = 0.9
"""A column or row with a larger share of ink than this is a rule."""
FRAMES = ("classes", "probabilities", "logits")
"""Outputs of the net; their first axis is the frames."""
UNUSUAL = 4.0
"""Nats by which a letter that no language of the text has needs to be likelier than one that they have."""
WASTE = 1.12
"""Greatest ratio of the widest to the narrowest line in a batch."""


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    """Settings that belong to a recogniser's weights; stored in the metadata of its file.

    Attributes:
        tighten: whether lines are cropped to the rows with ink, for scripts whose characters all have the line's
            height.
        reread_below: lines of lower confidence are re-read, shifted by a pixel; 0 for none.
        second_below: lines of lower confidence are re-read by a second recogniser, where there is one.
        condensed: share of their width at which lines can be shown where there is one, which takes as much less time.
    """

    tighten: bool = False
    reread_below: float = 0.0
    second_below: float = 0.0
    condensed: float = 1.0


Seen = tuple[list[Spelled], NDArray[np.float32]]
"""Characters of a line, and the probability of each frame along the decoded path."""


def line_picture(line: NDArray[np.uint8], height: int, condensed: float = 1.0) -> NDArray[np.uint8]:
    """An (H, W) grey line as input of the net: (height, W'), dark on light.

    Lines longer than two heights are shown at the share ``condensed`` of their width.
    """
    return _shown(line, height, condensed if line.shape[1] > 2 * len(line) else 1.0)


def _shown(line: NDArray[np.uint8], height: int, share: float) -> NDArray[np.uint8]:
    """The same at a share of its width."""
    h, w = line.shape
    if h != height or share != 1:
        size = (max(8, round(w * height / h * share)), height)
        way = cv2.INTER_AREA if size[0] < w else cv2.INTER_LINEAR
        line = cv2.resize(line, size, interpolation=way).astype(np.uint8)
    return 255 - line if line.mean() < INVERTED_BELOW else line


def tightened(line: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Crop an (H, W) grey line to its rows with ink, where those are few: cells and labels often have a wide margin.

    Rules do not count as ink. At least a share ``LEAST_ROWS`` of the rows remains, so that a single dash does not fill
    the image. Only for scripts whose characters all have the line's height: a Latin line without ascenders would look
    like capitals.
    """
    height = len(line)
    level = (int(line.min()) + int(line.max())) / 2
    ink = (line > level) if line.mean() < INVERTED_BELOW else (line < level)
    rows = np.flatnonzero(_without_rules(ink).any(1))
    if not len(rows) or rows[-1] + 1 - rows[0] > TIGHT * height:
        return line
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    room = max(0.08 * (bottom - top), (LEAST_ROWS * height - (bottom - top)) / 2)
    return line[max(0, round(top - room)) : round(bottom + room)]


def _without_rules(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Ink (H, W) without columns and rows that are almost entirely ink, and their soft edges."""
    upright = ink.mean(0) > RULE
    if upright.any():
        ink = ink & ~_widened(upright)
    level = ink.sum(1) > RULE * max(1, int((~upright).sum()))
    return ink & ~_widened(level)[:, None] if level.any() else ink


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask (N,) dilated by one."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    return wide


class CrnnRecognizer:
    """Reads lines in batches of similar width; batches run in parallel on one thread each.

    Args:
        name: model in ``models/manifest.json``, or the path of a model file.
        decoder: ``greedy``, ``beam``, or ``lm``: greedy, except that a language model decides doubtful characters and
            doubtful lines of Chinese are re-read.
        threads: number of batches that run at once; 0 uses all cores.
        language: name of the language model for ``lm``, or names of several, of which each line has the one that finds
            it likeliest; without one, ``lm`` is the same as ``greedy``.
        script: of words whose letters look the same in several scripts, where their line does not tell.
        alone: whether the text has no other script. Letters of others that can only be mistaken in a line are then read
            as the next likely ones.
        letters: beyond ASCII, in lower case, of the languages of the text; others have to be clearly seen. Empty for
            any.
        first: whether another recogniser reads those lines again that are less certain than ``second_below``; the
            language model is then not asked about them.
        condensed: whether lines are shown at the share of their width that the settings name, and those whose letters
            may then stand too close once more, wider (:mod:`ocr.recognize.crowded`).

    Example:
        >>> CrnnRecognizer("crnn-en-mobile-int8")([picture])[0].text  # doctest: +SKIP
        'Fortune favours the brave'
    """

    def __init__(
        self,
        name: str | Path,
        decoder: str = "greedy",
        threads: int = 0,
        language: str | Sequence[str] = "",
        *,
        script: str = "Latin",
        alone: bool = False,
        letters: str = "",
        first: bool = False,
        condensed: bool = False,
    ) -> None:
        file = model(name, "recognize")
        self.name, self.height, self.characters = file.name, file.metadata.height, file.charset
        self.settings = file.metadata.settings_as(RecognizerSettings, file.path)
        self._metadata = file.metadata
        self._session = Session(file.path, threads=1)
        self._decoder = decoder
        named = [language] if isinstance(language, str) else language
        self._languages = [
            LanguageDecoder(LanguageModel.load(name), self.characters) for name in named if decoder == "lm" and name
        ]
        self._calibration = file.metadata.calibration
        self._threads = threads or cores()
        self._script = script
        foreign = [i for i, c in enumerate(self.characters, 1) if script_of(c) not in {"", script}]
        self._foreign = np.array(foreign if alone else [], np.int64)  # classes
        beyond = (c for c in self.characters if not c.isascii() and script_of(c))
        self._unusual = frozenset(c for c in beyond if letters and not {c, c.lower()} & {*letters})
        base = [fold(c) if c in self._unusual else c for c in self.characters]
        classes = {c: i for i, c in enumerate(self.characters, 1)}
        self._plain = np.array([0, *(classes[b] * (b != c) for b, c in zip(base, self.characters, strict=True))])
        """Of the letters that the languages lack, those without the accent: classes; else 0."""
        self._penalties = np.array([0, *(UNUSUAL * (c in self._unusual) for c in self.characters)], np.float32)
        self._settled_from = self.settings.second_below if first else 0.0
        self._width_shown = self.settings.condensed if condensed else 1.0
        self._beside: CrnnRecognizer | None = None

    def beside(self, other: CrnnRecognizer) -> CrnnRecognizer:
        """This model reading lines together with another one, if both have the same characters; else this model alone.

        The logits of both are averaged frame by frame: nets that differ make different errors (Hansen and Salamon,
        Neural Network Ensembles, 1990). Text and confidence follow from these logits; the name is that of this model.
        """
        both = copy(self)
        both._beside = other if other.characters == self.characters else None
        return both

    def by_itself(self) -> CrnnRecognizer:
        """The same model as if no other read lines again: lines are shown whole, the language model asked of all."""
        same = copy(self)
        same._settled_from, same._width_shown = 0.0, 1.0
        return same

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each line, in the same order. Uses the memory of a few batches."""
        done = self._in_batches([self._picture(line) for line in lines])
        readings = [reading for reading, _ in done]
        close = [k for k, (_, is_close) in enumerate(done) if is_close]
        wide = self._in_batches([_shown(lines[k], self.height, WIDENED) for k in close])
        for k, (again, _) in zip(close, wide, strict=True):
            readings[k] = again
        return readings

    def _in_batches(self, pictures: Sequence[NDArray[np.uint8]]) -> list[tuple[Reading, bool]]:
        """The reading of each picture, and whether it has to be seen wider."""
        order = sorted(range(len(pictures)), key=lambda k: -pictures[k].shape[1])
        groups: list[list[int]] = []
        for k in order:
            if (
                not groups
                or len(groups[-1]) == BATCH
                or pictures[groups[-1][0]].shape[1] > WASTE * pictures[k].shape[1] + 16
            ):
                groups.append([])
            groups[-1].append(k)
        work = [[pictures[k] for k in group] for group in groups]
        if self._threads == 1 or len(work) <= 1:
            done = [self._read(some) for some in work]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                done = list(pool.map(self._read, work))
        read = {k: one for group, part in zip(groups, done, strict=True) for k, one in zip(group, part, strict=True)}
        return [read[k] for k in range(len(pictures))]

    def _picture(self, line: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return line_picture(tightened(line) if self.settings.tighten else line, self.height, self._width_shown)

    def _read(self, pictures: list[NDArray[np.uint8]]) -> list[tuple[Reading, bool]]:
        seen, stride = self._see(pictures)
        return [
            (self._reading(*one, picture, stride), self._is_close(*one))
            for one, picture in zip(seen, pictures, strict=True)
        ]

    def _is_close(self, spelled: list[Spelled], path: NDArray[np.float32]) -> bool:
        """Whether a line was condensed, and its letters may stand too close."""
        if self._width_shown == 1:
            return False
        text = self._text(spelled)
        return crowded(spelled, text, len(path)) or any(may_lack_a_letter(d.language, text) for d in self._languages)

    def _see(self, pictures: Sequence[NDArray[np.uint8]]) -> tuple[list[Seen], float]:
        """The characters in images (H, W) of one batch, and the image columns per frame."""
        width = -(-max(p.shape[1] for p in pictures) // 8) * 8
        batch = np.full((len(pictures), 1, self.height, width), 255, np.uint8)
        for row, picture in zip(batch, pictures, strict=True):
            row[0, :, : picture.shape[1]] = picture
        lines = self._metadata.normalised(batch)
        net = self._run(lines, logits=bool(self._languages) or self._decoder == "beam")
        frames = len(net.classes)
        used = [max(1, math.ceil(picture.shape[1] * frames / width)) for picture in pictures]
        seen = [self._spell(net.part((slice(end), n))) for n, end in enumerate(used)]
        if self._languages and (limit := self.settings.reread_below):
            doubtful = [
                n for n, (spelled, path) in enumerate(seen) if spelled and self._calibrated(spelled, path) < limit
            ]
            if doubtful:
                again = self._run(higher(lines[doubtful]), logits=True)
                both = mean_frames([net.part((slice(None), doubtful)), again])
                for k, n in enumerate(doubtful):
                    seen[n] = self._spell(both.part((slice(used[n]), k)))
        odd = [n for n, (spelled, _) in enumerate(seen) if self._unusual and self._has_unusual(spelled)]
        if odd:
            known = net.part((slice(None), odd)) if len(net.rows) else self._run(lines[odd], logits=True)
            usual = self._with_usual(known.logits())
            for k, n in enumerate(odd):
                seen[n] = self._spell(usual.part((slice(used[n]), k)))
        if self._foreign.size and (mixed := [n for n, (spelled, _) in enumerate(seen) if strays(self._text(spelled))]):
            latin = self._run_without_foreign(lines[mixed])
            for k, n in enumerate(mixed):
                seen[n] = self._spell(latin.part((slice(used[n]), k)))
        return seen, width / frames

    def _with_usual(self, values: NDArray[np.float32]) -> Frames:
        """Frames of logits (T, N, C) where letters that the languages lack have to be clearly seen.

        None loses its accent.
        """
        best = values.argmax(-1)
        values -= self._penalties
        plain = self._plain[best]
        at = np.nonzero(plain)
        values[(*at, plain[at])] -= UNUSUAL
        return Frames.of_logits(values)

    def _has_unusual(self, spelled: Sequence[Spelled]) -> bool:
        return any(self.characters[s.label - 1] in self._unusual for s in spelled)

    def _run_without_foreign(self, lines: NDArray[np.float32]) -> Frames:
        """Output of the net where it has no letters of foreign scripts to choose from."""
        values = self._run(lines, logits=True).logits()
        values[..., self._foreign] = SKIPPED
        return Frames.of_logits(values)

    def _run(self, lines: NDArray[np.float32], *, logits: bool) -> Frames:
        """Output for a batch: frames (T, N), with logits only if they are needed."""
        if self._beside:
            return mean_of_two(self._see_alone(lines, logits=True), self._beside._see_alone(lines, logits=True))
        return self._see_alone(lines, logits=logits)

    def _see_alone(self, lines: NDArray[np.float32], *, logits: bool) -> Frames:
        """Output of this net alone."""
        feed = {"lines": lines}
        if "classes" not in self._session.outputs:  # of a runtime without operators for the best class
            [values] = self._session.run(feed, FRAMES[2:])
            return Frames.of_logits(values)
        if not logits:
            classes, probabilities = self._session.run(feed, FRAMES[:2])
            return Frames(classes, probabilities, np.zeros((0, 0), np.float32), np.full(classes.shape, -1))
        if "live" not in self._session.outputs:
            return Frames.whole(*self._session.run(feed, FRAMES))
        classes, probabilities, few, live = self._session.run(feed, (*FRAMES, "live"))
        row = np.full(classes.size, -1)
        row[live] = np.arange(len(few))
        return Frames(classes, probabilities, few, row.reshape(classes.shape))

    def _spell(self, frames: Frames) -> Seen:
        if self._decoder != "beam":
            spelled = greedy(frames.classes, frames.probabilities)
            if self._languages and self._calibrated(spelled, frames.probabilities) >= self._settled_from:
                return self._language_of(spelled)(frames, spelled)
            return spelled, frames.probabilities
        logits = frames.logits()
        logits -= logits.max(-1, keepdims=True)
        path = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return beam(path), np.exp(path.max(-1))

    def _language_of(self, spelled: Sequence[Spelled]) -> LanguageDecoder:
        """The language model that finds a line likeliest."""
        if len(self._languages) == 1:
            return self._languages[0]
        text = "".join(self.characters[s.label - 1] for s in spelled)
        return max(self._languages, key=lambda decoder: decoder.language.likelihood(text))

    def _reading(
        self, spelled: list[Spelled], path: NDArray[np.float32], picture: NDArray[np.uint8], stride: float
    ) -> Reading:
        width, text = picture.shape[1], self._text(spelled)
        glyphs = tuple(
            Glyph(character, min(a * stride / width, 1.0), min(b * stride / width, 1.0), s.confidence)
            for character, (a, b), s in zip(text, extents(spelled, text, len(path)), spelled, strict=True)
        )
        return Reading(glyphs, self._calibrated(spelled, path), self.name)

    def _text(self, spelled: list[Spelled]) -> str:
        return in_one_script("".join(self.characters[s.label - 1] for s in spelled), self._script)

    def _calibrated(self, spelled: list[Spelled], path: NDArray[np.float32]) -> float:
        """P(the whole text is right), a logistic function of the features."""
        if not spelled:
            return 0.0
        odds = self._calibration[0] + sum(
            w * x for w, x in zip(self._calibration[1:], _evidence(spelled, path), strict=True)
        )
        return 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))

    def frames(self, line: NDArray[np.uint8]) -> Frames:
        """Output of the net for one line, frame by frame."""
        picture = self._metadata.normalised(self._picture(line)[None, None])
        return self._run(picture, logits=True).part((slice(None), 0))

    def evidence(self, lines: Sequence[NDArray[np.uint8]]) -> list[tuple[Reading, tuple[float, ...]]]:
        """The reading of each line and the features that its confidence is fitted to; none where nothing was read."""
        rows = []
        for line in lines:
            picture = self._picture(line)
            [(spelled, path)], stride = self._see([picture])
            reading = self._reading(spelled, path, picture, stride)
            rows.append((reading, _evidence(spelled, path) if spelled else ()))
        return rows


def _evidence(spelled: list[Spelled], path: NDArray[np.float32]) -> tuple[float, ...]:
    """Features: uncertainty of the path (log1p of its negative log likelihood), least confidence, inverse length."""
    doubt = math.log1p(float(-np.log(np.maximum(path, 1e-6)).sum()))
    return doubt, min(s.confidence for s in spelled), 1 / len(spelled)
