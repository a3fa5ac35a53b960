"""Documents over HTTP: ``ocr serve``. It needs ``pip install 'ocr[serve]'``.

A request is let in (:mod:`ocr.serve.guard`), waits for a place (:mod:`ocr.serve.pool`) and is read there in a process
of its own (:mod:`ocr.serve.work`); a document that crashes or hangs the process costs its own request alone.
"""

from ocr.serve.settings import Settings

__all__ = ["Settings"]
