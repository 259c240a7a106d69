"""How a line of the log is written: where something broke and of what kind, never whose data it broke on."""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from types import TracebackType

from bihuan.vault.free_text import hide

_CODE = re.compile(r"(/t/)[^/\s?]+")
ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _discreet(line: str) -> str:
    """Somebody may type a phone into an address: what is not found is a line of the log."""
    return hide(_CODE.sub(r"\1…", line))[0]


class Discreet(logging.Formatter):
    """A formatter that leaves out tracking codes, phone- and identity-shaped numbers, and the words of exceptions.

    Whoever has a tracking code sees the case. A database's error repeats the row it refused, a ValueError the text that
    could not be read; the kind of error and the lines of code it came through are enough to find it.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, with tracking codes in addresses and numbers of people left out."""
        return _discreet(super().format(record))

    def formatException(self, ei: ErrorInfo) -> str:  # noqa: N802 - logging names it
        """Every error of the chain, the first cause first: its kind, and the code it came through."""
        told: list[str] = []
        error = ei[1]
        while error is not None and len(told) < 8:
            told.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nthen:\n".join(reversed(told))


class Structured(Discreet):
    """One JSON object a line: when (UTC), how grave, who says it, what, and where it broke."""

    converter = staticmethod(time.gmtime)
    _MOMENT = "%Y-%m-%dT%H:%M:%S"

    def format(self, record: logging.LogRecord) -> str:
        """The object, with tracking codes in addresses and numbers of people left out."""
        told = {
            "at": f"{self.formatTime(record, self._MOMENT)}.{int(record.msecs):03}Z",
            "level": record.levelname,
            "from": record.name,
            "say": _discreet(record.getMessage()),
        }
        if record.exc_info:
            told["broke"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
