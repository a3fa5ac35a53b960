"""Print the text of a PDF or picture.

python examples/read_text.py samples/scan.pdf
"""

import argparse

import ocr


def main(path: str) -> None:
    """Read a document and print its pages, separated by rules."""
    reader = ocr.Reader(lang="en")  # keep it: it loads the models once, and many threads may use it
    document = reader.read(path)
    for page in document:
        print(f"--- page {page.number} of {len(document)}: {len(page.lines)} lines, {page.seconds:.1f} s")
        print(page.text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="PDF or picture")
    main(**vars(parser.parse_args()))
