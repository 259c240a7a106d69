"""Progress for everything that takes longer than a second; silent where nobody watches."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bihuan.console.words import _, padded

TITLE_WIDTH = 26


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal, or one line before and after where the output is a file; call it with the steps done."""
    from tqdm import tqdm  # noqa: PLC0415 - each command imports only what it runs on

    label = padded(_(title), TITLE_WIDTH)
    form = "{desc} {percentage:3.0f}% |{bar:24}| {n_fmt}/{total_fmt} {elapsed}"
    watched = sys.stderr.isatty()
    if not watched:
        print(f"{label} ...", file=sys.stderr, flush=True)
    size = shutil.get_terminal_size()  # 80 by 24 where the terminal does not say; tqdm would then show nothing
    shape = {"ncols": size.columns, "nrows": size.lines}
    with tqdm(total=total or None, desc=label, bar_format=form, file=sys.stderr, disable=not watched, **shape) as shown:

        def step(count: int) -> None:
            shown.update(count)

        yield step
        if watched and total:
            shown.update(total - shown.n)
