"""``ocr bench``: seconds a page by stage, peak memory, and other engines on the same pages in the same run.

Every engine runs in a process of its own, with its own memory and libraries. All are warmed up on the first page; then
they take turns page by page, so that other load on the machine affects all of them alike. Only the time of this reader
includes decoding PDFs: the other engines get their pages as PNG.
"""

from ocr.bench.measure import bench
from ocr.bench.report import ENGINES, Report, Timing

__all__ = ["ENGINES", "Report", "Timing", "bench"]
