"""An example for every option, for the reference page and the man pages; a test finds options without one."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EXAMPLES"]

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "read": (
        ("Print the text of a scan.", "ocr read scan.pdf"),
        ("Make a PDF searchable.", "ocr read scan.pdf -o scan.searchable.pdf"),
        ("Read from another program and hand on to another.", "curl -s https://example.org/a.pdf | ocr read - | less"),
        ("The complete result, with boxes and confidences, on stdout.", "ocr read scan.pdf --format json"),
        ("A searchable PDF and its text from one reading, for each file.", "ocr read *.pdf --format pdf,txt -o out/"),
        ("A searchable PDF, and its text in a file of another name.", "ocr read a.pdf -o b.pdf --sidecar b.txt"),
        ("A whole archive, into the same sub-directories of out.", "ocr read -r archive/ --format pdf -o out/"),
        ("Go on with an archive: leave out what is there already.", "ocr read -r archive/ -o out/ --no-clobber"),
        ("Fail (exit code 5) on any warning.", "ocr read scan.pdf -o scan.txt --strict"),
        ("Some pages.", "ocr read scan.pdf --pages 1,3-5,8-"),
        ("An encrypted PDF; the password is asked for.", "ocr read secret.pdf --password-prompt"),
        ("The password is the first line of a file.", "ocr read secret.pdf --password-file password.txt"),
        ("The password is in the environment.", "OCR_PASSWORD=sesame ocr read secret.pdf"),
        ("The password is visible to others, in ps.", "ocr read secret.pdf --password sesame"),
        ("Whiten shadowed pages in the PDF too.", "ocr read photo.jpg -o photo.pdf --keep-enhanced"),
        ("What the program saw, page by page, in the directory seen.", "ocr read scan.pdf --keep-temporary seen/"),
        ("Replace the text layer that another program made.", "ocr read old.pdf --mode redo -o new.pdf"),
        ("A signed PDF, whose signature will no longer verify.", "ocr read a.pdf -o b.pdf --invalidate-signatures"),
        ("Drop the protection.", "ocr read secret.pdf --password-prompt --decrypt -o open.pdf"),
        ("A PDF for an archive.", "ocr read scan.pdf -o archive.pdf --pdfa 2b"),
        ("A smaller PDF.", "ocr read scan.pdf -o small.pdf --optimize 2 --jpeg-quality 60"),
        ("Show pages upright, straight and clean.", "ocr read scan.pdf -o clean.pdf --rotate --deskew --clean"),
        (
            "Say what the document is.",
            "ocr read a.tif -o a.pdf --title Letters --author 'Jane Roe' --subject Family --keywords 'letters, 1912'",
        ),
        ("Nothing on stderr but errors.", "ocr read scan.pdf -o scan.txt --quiet"),
        (
            "Which models, which steps, how many seconds, what Tesseract read.",
            "ocr read scan.pdf -o scan.txt --verbose",
        ),
        ("Messages for another program.", "ocr read scan.pdf -o scan.txt --json-log 2>log.jsonl"),
        ("Simplified Chinese, with Latin text on the same line.", "ocr read scan.pdf --lang zh"),
        ("A PDF that pdfium cannot draw.", "ocr read damaged.pdf --renderer poppler"),
        ("Small print in a born-digital PDF.", "ocr read drawing.pdf --dpi 400"),
        ("The large model for every line.", "ocr read scan.pdf --quality best"),
        ("Part numbers and codes, without a language model.", "ocr read parts.pdf --decoder greedy"),
        ("Show-through from the other side of the paper.", "ocr read scan.pdf --enhance whiten"),
        ("Pages that must not be turned or straightened.", "ocr read scan.pdf --no-orient --no-deskew"),
        ("Characters as they were recognised.", "ocr read scan.pdf --transcription literal"),
        ("Our models alone.", "ocr read scan.pdf --no-fallback"),
        ("A recogniser of your own.", "ocr read scan.pdf --recognizer my-models/mine.onnx"),
        ("The models of an exported folder.", "ocr read page.png --model ocr-onnx"),
        ("A detector of your own.", "ocr read scan.pdf --detector my-models/lines.onnx"),
        ("One core.", "ocr read scan.pdf -j 1"),
        (
            "Limits for each page.",
            "ocr read scan.pdf --timeout-page 60 --memory 1G",
        ),
        ("Defaults from a file of another name.", "ocr read scan.pdf --config archive.toml"),
        ("No defaults from files.", "ocr read scan.pdf --no-config"),
    ),
    "export": (
        ("The targets, and which run here.", "ocr export --list"),
        ("A folder for ONNX Runtime.", "ocr export --target onnx -o ocr-onnx"),
        ("In floating point.", "ocr export --target onnx --variant float -o ocr-float"),
        ("Chinese, for a phone.", "ocr export --target ort --lang zh -o ocr-zh"),
        ("The large recogniser.", "ocr export --target ort --model crnn-en-int8 -o ocr-large"),
        ("Checked on lines of your own; as JSON.", "ocr export --target onnx --lines gt.jsonl -o out --json"),
        ("All targets in one table.", "ocr export --benchmark"),
    ),
    "serve": (
        ("The web page and the HTTP interface, for this machine.", "ocr serve"),
        ("Another port, and Chinese documents.", "ocr serve --port 8080 --lang zh"),
        ("For others, who need the token.", "OCR_TOKEN=00112233445566778899aabb ocr serve --host 0.0.0.0"),
        ("The token is in a file.", "ocr serve --host 0.0.0.0 --token-file /run/secrets/token"),
        ("Behind a proxy on this machine that calls it by its own name.", "ocr serve --allow-host ocr.example.org"),
        ("Let a page of another server call it.", "ocr serve --allow-origin http://localhost:5173"),
        ("The pages of one document side by side, and nobody waits.", "ocr serve --places 1 --queue 0"),
        (
            "Only small documents.",
            "ocr serve --max-body 8M --max-pages 10 --max-pixels 40000000 --timeout 60 --timeout-page 20",
        ),
        ("A web page of your own.", "ocr serve --front-end my-page/"),
        ("One line of JSON on stderr for each request.", "ocr serve --json-log"),
    ),
    "scan": (
        ("A clean page from a photograph.", "ocr scan photo.jpg -o page.png"),
        ("A searchable PDF from a photograph of a Chinese page.", "ocr scan photo.jpg -o page.pdf --lang zh"),
        ("Leave curved lines curved.", "ocr scan photo.jpg -o page.png --no-dewarp"),
        ("Pure black and white.", "ocr scan photo.jpg -o page.png --enhance binarize"),
        ("The second picture of a file.", "ocr scan photos.tif -o page.png --page 2"),
        ("Where the page was found, and what was done.", "ocr scan photo.jpg -o page.png --json"),
    ),
    "enhance": (
        ("White paper.", "ocr enhance photo.jpg -o page.png --operator whiten"),
        ("A little less of it.", "ocr enhance photo.jpg -o page.png --operator whiten --strength 0.7"),
        ("A page of a PDF as an image.", "ocr enhance scan.pdf -o page.png --operator binarize --page 3"),
    ),
    "mrz": (
        ("The fields of a passport.", "ocr mrz passport.jpg"),
        ("The same as JSON.", "ocr mrz passport.jpg --json"),
        ("A page of a PDF.", "ocr mrz passports.pdf --page 2"),
    ),
    "idcard": (
        ("Both sides of an identity card.", "ocr idcard front.jpg back.jpg"),
        ("Both on one picture, as JSON.", "ocr idcard both.jpg --json"),
        ("Pages of PDFs.", "ocr idcard fronts.pdf backs.pdf --page 2 --back-page 2"),
    ),
    "eval": (
        ("Accuracy on your own pages.", "ocr eval gt.jsonl"),
        ("Keep what was read.", "ocr eval gt.jsonl --save read.jsonl"),
        ("Score what was kept, or what another program read.", "ocr eval gt.jsonl --predictions read.jsonl"),
        ("Only images that another file lists.", "ocr eval gt.jsonl --only hard.jsonl"),
        ("The figures of each image, and lines that were missed.", "ocr eval gt.jsonl --per-image"),
        ("Whether confidences are honest.", "ocr eval gt.jsonl --calibration"),
        ("Pictures of the ten worst pages.", "ocr eval gt.jsonl --overlays worst/"),
    ),
    "bench": (
        ("Seconds of each stage.", "ocr bench scan.pdf"),
        ("Beside Tesseract, the median of five runs.", "ocr bench scan.pdf --against tesseract --repeat 5"),
        ("As JSON.", "ocr bench scan.pdf --json"),
    ),
    "train": (
        ("Train a recogniser.", "ocr train recognize mine.toml --out work/mine"),
        ("Go on after an interruption.", "ocr train recognize mine.toml --out work/mine --resume"),
        ("With another implementation of the loss.", "ocr train recognize mine.toml --ctc warpctc"),
    ),
    "compress model": (
        ("Make a recogniser smaller.", "ocr compress model mine.pt --recipe recipe.toml -o work/tiny"),
        ("Go on after an interruption.", "ocr compress model mine.pt --recipe recipe.toml --out work/tiny --resume"),
        ("Search for a size.", "ocr compress model mine.pt --target-bytes 200K -o work/200K --steps 500"),
        ("Search for the smallest that is as good.", "ocr compress model mine.pt --max-loss 0.005 -o work/good"),
        ("Search for a faster net.", "ocr compress model mine.pt --target-ms 4 -o work/fast"),
        (
            "Retrain and measure on your own lines.",
            "ocr compress model mine.pt --recipe recipe.toml -o work/tiny "
            "--drawn 'drawn/*.npz' --real 'real/*.npz' --held 'held/*.npz'",
        ),
    ),
    "compress show": (("Which of two runs is better.", "ocr compress show work/tiny work/other"),),
    "doctor": (("What is installed, what is missing, and which configuration is in force.", "ocr doctor"),),
    "completion": (
        ("For bash, from the next shell on.", "ocr completion bash >~/.local/share/bash-completion/completions/ocr"),
        ("For zsh, if ~/.zfunc is in its fpath.", "ocr completion zsh >~/.zfunc/_ocr"),
        ("For fish.", "ocr completion fish >~/.config/fish/completions/ocr.fish"),
    ),
}
"""For each command: what an example does, and the example."""
