"""Read a Chinese identity card, decide whether to accept it, and save a copy without number, address and portrait.

python examples/id_card.py samples/card-front.jpg redacted.png
"""

import argparse

from PIL import Image

import ocr

ENOUGH = 0.9


def main(path: str, out: str) -> None:
    """Print the fields and what is wrong with them; write the redacted picture."""
    card = ocr.read_id_card(path)
    for name, field in card.fields.items():
        if field.value:
            remark = "" if field.valid and field.confidence >= ENOUGH else "  <- check"
            print(f"{name:12} {field.value}  ({field.confidence:.2f}){remark}")
    print("problems:", ", ".join(card.problems) or "none")

    if card.side in (ocr.Side.FRONT, ocr.Side.BOTH):
        picture = ocr.redact(path, card, fields=("number", "address", "portrait"))
        Image.fromarray(picture).save(out)
        print("redacted copy:", out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="picture of a card")
    parser.add_argument("out", help="the redacted picture")
    main(**vars(parser.parse_args()))
