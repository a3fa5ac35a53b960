"""Mutate small PDFs and pictures and open them: what is no clean reading and no clean error is counted and named.

    python benchmarks/fuzz_inputs.py --count 300 --seed 1

Each mutation runs in a child process that may take 20 seconds and 4 GB.
"""

from __future__ import annotations

import argparse
import collections
import io
import multiprocessing
import random
import resource
import sys

import img2pdf
from PIL import Image, ImageDraw

from ocr.errors import OcrError
from ocr.source import open_source

SECONDS, MEMORY, BATCH = 20, 4 << 30, 20


def seeds() -> dict[str, bytes]:
    """One small file of each kind."""
    picture = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(picture).text((20, 20), "Mutations", 0)
    files = {}
    for form in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "JPEG2000", "BMP", "PPM"):
        out = io.BytesIO()
        picture.save(out, form)
        files[form] = out.getvalue()
    fax = io.BytesIO()
    picture.convert("1").save(fax, "TIFF", compression="group4")
    files["G4"] = fax.getvalue()
    for kind in ("PNG", "JPEG", "G4"):
        files[f"PDF of {kind}"] = img2pdf.convert(files[kind])
    return files


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Bytes changed, cut, repeated or removed at one to eight places."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(out)), chance.randint(1, 40)
        kind = chance.randrange(5)
        if kind == 0:
            out[at] = chance.randrange(256)
        elif kind == 1:
            out[at : at + length] = chance.randbytes(length)
        elif kind == 2:
            del out[at : at + length]
        elif kind == 3:
            out[at:at] = out[at : at + length]
        else:
            out[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"9999", b"\x7f\xff\xff\xff"))
        if len(out) < 20:
            return data[:20]
    return bytes(out)


def opened(data: bytes) -> str:
    """What became of one file."""
    try:
        with open_source(data, dpi=72) as source:
            for number in source.numbers[:3]:
                source.text(number)
                source.page(number)
    except OcrError:
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:80]}"
    return "read"


def work(items: list[bytes], answers: multiprocessing.SimpleQueue[str]) -> None:
    """Open a batch in a process of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for data in items:
        answers.put(opened(data))


def batch(items: list[bytes]) -> list[str]:
    """The answers for a batch; the first that is missing crashed or hung, and those after it are tried again."""
    results: list[str] = []
    while len(results) < len(items):
        answers: multiprocessing.SimpleQueue[str] = multiprocessing.SimpleQueue()
        child = multiprocessing.Process(target=work, args=(items[len(results) :], answers))
        child.start()
        child.join(SECONDS)
        hung = child.is_alive()
        if hung:
            child.kill()
            child.join()
        while not answers.empty():
            results.append(answers.get())
        if len(results) < len(items):
            results.append("hang" if hung else f"crash ({child.exitcode})")
    return results


def main() -> int:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance, files = random.Random(arguments.seed), seeds()
    names = [chance.choice(list(files)) for _ in range(arguments.count)]
    items = [mutated(files[name], chance) for name in names]
    results = [answer for at in range(0, len(items), BATCH) for answer in batch(items[at : at + BATCH])]
    for answer, count in collections.Counter(results).most_common():
        kinds = sorted({name for name, result in zip(names, results, strict=True) if result == answer})
        print(f"{count:6} {answer}  [{', '.join(kinds)}]")
    return int(any(answer not in {"read", "refused"} for answer in results))


if __name__ == "__main__":
    sys.exit(main())
