"""Add a text layer to a scanned PDF, then read it back as a viewer does.

python examples/searchable_pdf.py samples/scan.pdf out.pdf
"""

import argparse

import pypdfium2

import ocr


def main(path: str, out: str) -> None:
    """Write the searchable copy and print the first lines that a viewer finds in it."""
    ocr.read(path).save(out)  # the suffix selects the format; the pages themselves stay as they are
    with pypdfium2.PdfDocument(out) as pdf:
        text = pdf[0].get_textpage().get_text_bounded()
    print(f"{out}: {len(text)} characters can be searched on page 1")
    print("\n".join(text.splitlines()[:3]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="PDF or picture")
    parser.add_argument("out", help="the searchable PDF")
    main(**vars(parser.parse_args()))
