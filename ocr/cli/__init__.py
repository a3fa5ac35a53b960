"""The command line ``ocr``: one module for each family of commands, their shared options, and the entry point.

Only this package prints: results on stdout, progress and messages on stderr. The modules here load nothing heavy;
a command imports what it needs when it runs, so that ``ocr --help`` is instant.
"""

from ocr.cli import ask, batch, cards, completion, compress, doctor, export, mcp, models, read, scan, serve
from ocr.cli.group import cli, main

__all__ = [
    "ask",
    "batch",
    "cards",
    "cli",
    "completion",
    "compress",
    "doctor",
    "export",
    "main",
    "mcp",
    "models",
    "read",
    "scan",
    "serve",
]
