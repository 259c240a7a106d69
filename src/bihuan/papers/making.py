"""Making a paper: a child process of its own for each, with limits of time and memory; nothing of it is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from bihuan.papers.shapes import Paper, PaperFault

Form = Literal["pdf", "docx"]
TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
SECONDS = 30
_ROOT = Path(__file__).resolve().parents[2]


def made(paper: Paper, form: Form, *, seconds: float = SECONDS) -> bytes:
    """The bytes of a paper. Raises PaperFault: it took too long, a font is missing, the typesetter refused."""
    given = json.dumps(paper.as_data(), ensure_ascii=False).encode("utf-8", "replace")
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    environment["PYTHONPATH"] = str(_ROOT)
    try:
        child = subprocess.run(
            [sys.executable, "-m", "bihuan.papers.press", form],
            input=given,
            capture_output=True,
            timeout=seconds,
            env=environment,
            cwd=_ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PaperFault("it took too long") from error
    if child.returncode or not child.stdout:
        said = child.stderr.decode("utf-8", "replace").strip().splitlines()
        raise PaperFault(f"the press ended with {child.returncode}: {said[-1][:200] if said else ''}")
    return child.stdout
