"""A foreign file is read in a child process with limits of its own: a bad file kills the child, not the server. No Django.

The parent hands the file over by ``asked``; the child's ``main`` is one call of ``answer``. Between them goes one msgpack
message: {"refused": word} or what the child found.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec

SECONDS = 60
MEMORY = 1536 * 1024 * 1024  # address space, bytes
CPU = 30  # seconds of the processor


class ChildRefusedError(Exception):
    """Nothing came of the file. The text is one word: time, memory, damaged, or what the child itself said."""


def asked(module: str, content: bytes) -> dict[str, Any]:
    """What the child that runs ``module`` found in the file. Raises ChildRefusedError."""
    try:
        child = subprocess.run([sys.executable, "-m", module], input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ChildRefusedError("time") from error
    if child.returncode != 0:
        raise ChildRefusedError("memory" if b"memory" in child.stderr or child.returncode < 0 else "damaged")
    answer: dict[str, Any] = msgspec.msgpack.decode(child.stdout)
    if "refused" in answer:
        raise ChildRefusedError(answer["refused"])
    return answer


def limit_self() -> None:
    """Bound this process: address space, processor time, no files written, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(work: Callable[[bytes], dict[str, Any]], refused: type[Exception]) -> int:
    """In the child: bound the process, do the work on standard input, say what came of it; 0 also when it was refused."""
    limit_self()
    try:
        said = work(sys.stdin.buffer.read())
    except refused as error:
        said = {"refused": str(error)}
    except MemoryError:
        said = {"refused": "memory"}
    sys.stdout.buffer.write(msgspec.msgpack.encode(said))
    return 0
