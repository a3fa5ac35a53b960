"""``python -m ocr``: the command line."""

from ocr.cli import main

if __name__ == "__main__":
    main()
