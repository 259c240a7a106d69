"""What stops a command: one sentence for the person at the terminal, and an exit code."""

from __future__ import annotations

OK, FOUND, USAGE, NOT_READY = 0, 1, 2, 3


class Problem(Exception):
    """The command cannot go on. ``code``: 1 = something is wrong with what it was given, 3 = the place is not set up."""

    def __init__(self, say: str, code: int = FOUND) -> None:
        super().__init__(say)
        self.say = say
        self.code = code
