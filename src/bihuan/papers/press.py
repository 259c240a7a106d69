"""The child process: reads one paper as JSON from its input, writes its bytes to its output. Run by ``papers.making`` alone.

    python -m bihuan.papers.press pdf|docx

It has no network to speak of, no more memory and processor time than its limits, and reads no file but its own template.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("office.typ")
MEMORY, SECONDS, FILES = 2 * 1024**3, 20, 256
WARNED, BROKEN = 3, 4
"""Exit codes: the typesetter warned (a missing font, for one); anything else went wrong."""


def pdf(paper: dict[str, Any]) -> bytes:
    """The paper as PDF. A warning is an error: a page in the wrong font is not the paper. Raises SystemExit."""
    import typst  # noqa: PLC0415 - only the child carries it

    made, warnings = typst.compile_with_warnings(
        TEMPLATE, root=TEMPLATE.parent, format="pdf", sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)}
    )
    if warnings:
        sys.stderr.write("; ".join(str(getattr(one, "message", one))[:200] for one in warnings))
        raise SystemExit(WARNED)
    return bytes(made)


def main() -> int:
    """Bound the process, then make what was asked for."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    paper = json.loads(sys.stdin.buffer.read())
    if sys.argv[1:] == ["pdf"]:
        made = pdf(paper)
    else:
        from bihuan.papers.word import docx  # noqa: PLC0415 - only the child carries it

        made = docx(paper)
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
