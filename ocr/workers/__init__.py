"""Functions run in other processes, which may crash, hang or use too much memory without harm to this one.

A :class:`Team` has a few worker processes and gives them calls; the results come back in order. A worker that ends, or
takes too long, costs its call alone: the call is tried once more, with nothing beside it, and then given up.
This is protection from accidents, not a sandbox: a worker has all the rights of its user.

Workers are started with ``exec``, so nothing of this process (threads, locks, a program's ``__main__``) matters to
them. They are reached through pipes, end when this process does, and print nothing to stdout.
"""

from ocr.workers.process import possible
from ocr.workers.team import Outcome, StoppedError, Team

__all__ = ["Outcome", "StoppedError", "Team", "possible"]
