"""The test overlay, laid on the county's pack as it now is."""

from __future__ import annotations

import shutil
from pathlib import Path

from bihuan import packs

FOLDER = Path(__file__).parent / "overlays"
COUNTY = "xiangyin"


def based(text: str) -> str:
    """``pack.toml`` of the overlay with the county's version of today as its base."""
    return text.replace("VERSION", packs.load(COUNTY).version)


def laid(folder: Path) -> Path:
    """A copy of the overlay in a folder of its own."""
    there = folder / "helonghu"
    shutil.copytree(FOLDER / "helonghu", there)
    (there / "pack.toml").write_text(based((there / "pack.toml").read_text("utf-8")), "utf-8")
    return there
