"""Reads a page with the models beside this file, for ports to other languages: python reference.py page.png [--json]"""

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is imported
import cv2
import numpy as np
import onnxruntime

Array = np.ndarray[Any, Any]
GUTTER, AIR, LEAST, PROSE = 2.0, 0.06, 0.6, 6.0  # line heights: a gap between lines, a margin, least widths, of prose


class Box(NamedTuple):
    """A line, in pixels; its score is the probability that it is one, and later that its whole text is right."""

    start: Array  # (2,), the middle of the left end
    along: Array  # (2,), the direction of the text, of length 1
    width: float
    height: float
    score: float
    text: str = ""

    def grown(self, a: float, b: float, rim: float = 0.0) -> "Box":
        """The box with ``a`` and ``b`` pixels added before and after the text, and a rim above and below it."""
        return Box(self.start - a * self.along, self.along, a + self.width + b, self.height + 2 * rim, self.score)

    def corners(self) -> Array:
        """Its corners (4, 2), clockwise from the top left."""
        down, end = np.array([-self.along[1], self.along[0]]) * self.height / 2, self.start + self.along * self.width
        return np.array([self.start - down, end - down, end + down, self.start + down])


def resize(grey: Array, width: float, height: float) -> Array:
    """A picture (H, W) at another size: averaged over areas where it shrinks, else linear."""
    way = cv2.INTER_AREA if width < grey.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (max(1, round(width)), max(1, round(height))), interpolation=way), np.uint8)


def type_size(grey: Array) -> float:
    """Line height of typical print in pixels: from the median height of words, weighted by their widths."""
    shrink = min(1.0, 1000 / max(grey.shape))
    small = resize(grey, grey.shape[1] * shrink, grey.shape[0] * shrink)
    ink = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1]
    ink = cv2.morphologyEx(1 - ink if ink.mean() > 0.5 else ink, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    width, height, area = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:, 2:].T
    word = (height >= 4) & (height < max(small.shape) / 6) & (width < 12 * height) & (width > height / 6)
    word &= (area > 0.12 * width * height) & (area < 0.95 * width * height)
    heights = np.repeat(height[word], np.minimum(width, 2 * height)[word])
    return float(max(9.0, 1.28 * np.median(heights) / shrink) if word.sum() >= 12 else max(grey.shape) / 70)


def boxes_from_map(text: Array, settings: dict[str, float], back: float) -> list[Box]:
    """Boxes in a map (H, W) of probabilities, enlarged: each kernel by its moments, grown to the whole line."""
    boxes, text = [], np.pad(text, 1)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((text > settings["threshold"]).astype("u1"), connectivity=4)
    for k, (left, top, w, h, area) in enumerate(stats[1:], 1):
        part = np.s_[top - 1 : top + h + 1, left - 1 : left + w + 1]
        own = (labels[part] == k).astype(np.uint8)
        m = cv2.moments(text[part] * cv2.dilate(own, np.ones((3, 3), np.uint8)) * (own | (labels[part] == 0)))
        center = np.array([m["m10"] / m["m00"], m["m01"] / m["m00"]])
        angle = 0.5 * np.arctan2(2 * m["mu11"], m["mu20"] - m["mu02"]) if w > 2 * h else 0.0  # short ones are level
        along, points = np.array([np.cos(angle), np.sin(angle)]), np.argwhere(own)[:, ::-1] - center
        u, v = points @ along, points @ (-along[1], along[0])
        score, thick = float(text[part][own > 0].mean()), min(m["m00"] / (np.ptp(u) + 1), np.ptp(v) + 1.6)
        ends = 0.5 + settings["shrink"] * (height := settings["height"] * thick / (1 - 2 * settings["shrink"]))
        if area >= 3 and height > 1.6 and score > settings["certain" if w >= 1.3 * h else "certain_alone"]:
            start = back * (center + (left - 1.5, top - 1.5) + along * (u.min() - ends))
            boxes.append(Box(start, along, back * (np.ptp(u) + 2 * ends), back * height, score))
    return boxes


def crop(grey: Array, box: Box, height: int) -> Array:
    """The upright picture (height, W) of a box, sampled at centres of pixels; large type is averaged over areas."""
    width = max(8, round(height * box.width / box.height))
    w, h = max(width, round(box.width)), max(height, round(box.height))
    way = cv2.getAffineTransform((box.corners()[:3] - 0.5).astype("f4"), np.array([(0, 0), (w, 0), (w, h)], "f4") - 0.5)
    return resize(cv2.warpAffine(grey, way, (w, h), borderMode=cv2.BORDER_REPLICATE), width, height)


def parts_with_ink(grey: Array, box: Box) -> list[Box]:
    """A box cut at gaps that are wider than a gutter, without the blank at its ends; none if it has no contrast."""
    strip, parts = crop(grey, box, max(4, round(box.height))), []
    dark, paper, light = np.percentile(strip, (2, 50, 98))
    middle, scale, air = (dark + light) / 2, box.width / strip.shape[1], box.height / 16
    columns = np.flatnonzero(strip.min(0) < middle if paper > middle else strip.max(0) > middle)
    for run in np.split(columns, np.flatnonzero(np.diff(columns) * scale > GUTTER * box.height) + 1):
        if len(run) and np.ptp(strip) >= 16:
            first, last = max(0.0, run[0] * scale - air), min(box.width, (run[-1] + 1) * scale + air)
            extra = max(AIR * box.height, (LEAST * box.height - (last - first)) / 2)
            parts.append(box.grown(extra - first, extra + last - box.width))
    return parts


def net_input(line: Array, widths: list[int], inverted_below: float) -> Array:
    """A line (height, W) dark on light, with white up to the next of the widths, so that a runtime meets few shapes."""
    more = next((width for width in widths if width >= line.shape[1]), -(-line.shape[1] // 8) * 8) - line.shape[1]
    return np.pad(255 - line if line.mean() < inverted_below else line, [(0, 0), (0, more)], constant_values=255)


def decode(classes: Array, sure: Array, charset: list[str], weights: list[float]) -> tuple[str, float, int]:
    """Greedy CTC: repeats merged, blanks (0) dropped; how likely all of it is right; frames of its longest letter."""
    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    text = np.array(["", *charset])[classes[starts]]
    least = float(np.maximum.reduceat(sure, starts)[text != ""].min(initial=1.0))
    odds = np.dot(weights, (1, np.log1p(-np.log(np.maximum(sure, 1e-6)).sum()), least, 1 / max(1, sum(text != ""))))
    longest = np.diff(starts, append=len(classes))[np.char.isalnum(text)].max(initial=0)
    return "".join(text), 1 / (1 + np.exp(-odds)), int(longest)


def in_one_script(text: str, rules: dict[str, Any]) -> str:
    """Each word in one script: that of most of its letters, or else of the line's, that look like no other's."""
    alike, words = {letter: group for group in rules["look_alikes"] for letter in group.values()}, text.split(" ")
    votes = [[name for c in part for name, own in rules["letters"].items() if c in own] for part in (text, *words)]
    line, *scripts = [max(names, key=names.count, default="") for names in [votes[0] or [rules["script"]], *votes[1:]]]
    return " ".join("".join(alike.get(c, {}).get(s or line, c) for c in w) for w, s in zip(words, scripts, strict=True))


def in_rows(boxes: list[Box]) -> list[list[Box]]:
    """Rows in reading order. The largest part that a gutter divides into columns of prose is read column by column."""
    boxes = sorted(boxes, key=lambda box: float(box.corners()[:, 1].mean()))
    x, y = np.array([box.corners().mean(0) for box in boxes]).reshape(-1, 2).T
    width, height = np.array([b.width for b in boxes]), float(np.median([b.height for b in boxes] or [0.0]))
    left, right, best = x - width / 2, x + width / 2, [np.arange(0)] * 4
    for gutter in right + height / 2:
        for lines in np.split(np.arange(len(boxes)), np.flatnonzero((left < gutter) & (right > gutter))):
            a, b = lines[right[lines] <= gutter], lines[left[lines] >= gutter]
            top, end = max(min(y[s], default=np.inf) for s in (a, b)), min(max(y[s], default=0.0) for s in (a, b))
            parts = [s[(y[s] > top - height / 2) & (y[s] < end + height / 2)] for s in (a, b)]  # where both have text
            count = 1 + min(np.count_nonzero(np.diff(y[part]) > 0.5 * height) for part in parts)
            long, full = (2 * PROSE, 0.85) if count < 5 else (PROSE, 0.7 * (count < 8))  # few rows are full
            if count > 2 and all(np.median(w) > max(long * height, full * max(w)) for w in map(width.take, parts)):
                new = [np.arange(min(a[0], b[0])), a, b, np.arange(lines[-1] + 1, len(boxes))]
                best = max(best, new, key=lambda parts: len(parts[1]) + len(parts[2]))
    if len(best[1]):
        return [row for part in best for row in in_rows([boxes[k] for k in part])]
    rows = np.split(np.arange(len(boxes)), np.flatnonzero(np.diff(y) > 0.4 * height) + 1)
    return [[boxes[k] for k in sorted(row, key=lambda k: float(x[k]))] for row in rows if len(row)]


class Models:
    """The models of a folder. ocr does more: it turns pages, reads again, finds tables, minus signs and lone tokens."""

    def __init__(self, folder: Path) -> None:
        self.said = json.loads((folder / "pipeline.json").read_text("utf-8"))
        self.charset = (folder / self.said["charset"]).read_text("utf-8").split("\n")[:-1]
        self.models, load = self.said["models"], onnxruntime.InferenceSession
        self.nets = {role: load(folder / self.models[role]["file"]) for role in ("detector", "recognizer")}

    def run(self, role: str, pixels: Array, outputs: list[str]) -> list[Array]:
        """Outputs of a net for pixels (N, 1, H, W)."""
        values = np.float32((pixels / 255 - (m := self.models[role]["metadata"])["mean"]) / m["std"])
        return list(self.nets[role].run(outputs, {self.models[role]["inputs"][0]: values}))

    def detect(self, grey: Array) -> list[Box]:
        """Boxes of the lines of a page (H, W) in its pixels."""
        rules, settings, typical = self.said["detect"], self.models["detector"]["metadata"]["settings"], type_size(grey)
        close, most = (np.sqrt(rules[name] / grey.size) for name in ("enlarged_to_pixels", "pixels_at_most"))
        scale = max(rules["line_height"], min(rules["enlarged_to_line_height"], close * typical)) / typical
        work = resize(grey, *(side * min(scale, most, rules["scale_at_most"]) for side in grey.shape[::-1]))
        padded = np.pad(work, [(0, -side % rules["multiple"]) for side in work.shape], constant_values=np.median(work))
        text = self.run("detector", padded[None, None], [])[0][0, 0, : -(-work.shape[0] // 4), : -(-work.shape[1] // 4)]
        boxes = boxes_from_map(text, settings, rules["stride"] * grey.shape[1] / work.shape[1])
        return [part for box in boxes for part in parts_with_ink(grey, box)]

    def read(self, grey: Array) -> list[list[Box]]:
        """Rows of lines with their text, in reading order, of a page (H, W)."""
        rules, said, boxes = self.said["recognize"], self.models["recognizer"]["metadata"], self.detect(grey)
        ends, rim, close = *map(self.said["crop"].get, ("margin_at_ends", "margin_above_and_below")), rules["crowded"]
        for k, box in enumerate(boxes):
            whole = crop(grey, box.grown(ends * box.height, ends * box.height, rim * box.height), said["height"])
            for share in (rules["condensed"] if whole.shape[1] > 2 * len(whole) else 1, close["widened"]):
                line = resize(whole, whole.shape[1] * share, len(whole))
                batch = net_input(line, rules["buckets"], rules["inverted_below"])[None, None]
                classes, sure = self.run("recognizer", batch, ["classes", "probabilities"])
                end = max(1, -(-line.shape[1] * len(classes) // batch.shape[3]))
                text, score, longest = decode(classes[:end, 0], sure[:end, 0], self.charset, said["calibration"])
                if rules["condensed"] == 1 or (longest < close["lasts"] and end >= close["frames"] * len(text)):
                    break  # else its letters may stand so close that two equal ones are read as one
            boxes[k] = box._replace(text=in_one_script(text, self.said["spelling"]), score=score)
        return in_rows([box for box in boxes if box.text.strip()])


if __name__ == "__main__":
    name = next((argument for argument in sys.argv[1:] if argument != "--json"), "") or sys.exit(__doc__)
    sys.excepthook = lambda kind, fault, trace: sys.stderr.write(f"{name}: cannot be read ({fault})\n")
    page, whole = (cv2.imdecode(np.fromfile(name, "u1"), how) for how in (cv2.IMREAD_GRAYSCALE, cv2.IMREAD_UNCHANGED))
    if page is None or whole is None:
        sys.exit(f"{name}: cannot be read as a picture; give a PNG, JPEG or TIFF file")
    seen = whole[..., 3] / np.max(whole[..., 3], initial=1) if whole.shape == (*page.shape, 4) else np.ones(page.shape)
    ground = 255.0 * (np.average(page, weights=seen + 1e-9) < 128)  # light under dark ink, where it is transparent
    rows = Models(Path(__file__).resolve().parent).read((ground + (page - ground) * seen).astype(np.uint8))
    found = [{"text": b.text, "confidence": round(b.score, 4), "corners": b.corners()} for row in rows for b in row]
    said = json.dumps(found, ensure_ascii=False, indent=1, default=lambda corners: corners.round(1).tolist()) + "\n"
    sys.stdout.write(said if "--json" in sys.argv else "".join("\t".join(b.text for b in row) + "\n" for row in rows))
