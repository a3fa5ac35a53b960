"""List the words of a page that should be checked by hand, and mark them on a copy of the picture.

python examples/check_doubtful_words.py samples/receipt.jpg doubtful.png
"""

import argparse

from PIL import Image, ImageDraw

import ocr

LIMIT = 0.8
"""Words of a lower confidence are listed."""


def main(path: str, out: str) -> None:
    """Print confidence, text and position of each doubtful word; draw their boxes."""
    page = ocr.read(path)[0]
    doubtful = [word for word in page.words if word.confidence < LIMIT]
    with Image.open(path) as image:
        marked = image.convert("RGB")
    pen = ImageDraw.Draw(marked)
    for word in sorted(doubtful, key=lambda word: word.confidence):
        left, top, _, _ = word.box.hull
        print(f"{word.confidence:.2f}  {word.text:20}  at ({left:.0f}, {top:.0f})")
        pen.polygon([*word.box.points], outline=(220, 60, 20), width=3)
    marked.save(out)
    print(f"{len(doubtful)} of {len(page.words)} words to check; marked in {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="picture of a page")
    parser.add_argument("out", help="the picture with the words marked")
    main(**vars(parser.parse_args()))
