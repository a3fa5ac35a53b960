"""Read a long document page by page: memory stays that of one page, and a page that fails does not stop the others.

python examples/stream_pages.py samples/scan.pdf
"""

import argparse
import json
import sys

import ocr


def main(path: str) -> int:
    """Print a JSON object for each page as soon as it is read; return the number of pages that failed."""
    failed = 0
    reader = ocr.Reader()
    for page in reader.pages(path):
        if page.error:
            failed += 1
            print(f"page {page.number}: {page.error.message}", file=sys.stderr)
            continue
        for warning in page.warnings:
            print(f"page {page.number}: {warning}", file=sys.stderr)
        print(json.dumps({"page": page.number, "lines": len(page.lines), "text": page.text}, ensure_ascii=False))
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="PDF or picture")
    sys.exit(main(**vars(parser.parse_args())))
