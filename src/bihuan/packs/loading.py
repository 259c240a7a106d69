"""Loading: a shipped pack by name, or any folder that holds pack.toml."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bihuan.packs.build import SHIPPED, build
from bihuan.packs.canon import digest
from bihuan.packs.faults import PackError
from bihuan.packs.shape import Pack


def standard() -> str:
    """The name of the pack that is meant when nobody names one: the one line of ``shipped/standard.txt``."""
    return (SHIPPED / "standard.txt").read_text("utf-8").strip()


def folder_of(path_or_name: str | Path) -> Path:
    """The folder of a pack: a shipped pack's name, or a path; "" is the standard pack."""
    if path_or_name == "":
        return SHIPPED / standard()
    shipped = SHIPPED / str(path_or_name)
    if isinstance(path_or_name, str) and path_or_name.isidentifier() and shipped.is_dir():
        return shipped
    return Path(path_or_name)


def shipped() -> tuple[str, ...]:
    """The names of the packs that come with the product."""
    return tuple(sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "pack.toml").is_file()))


def load(path_or_name: str | Path) -> Pack:
    """The pack, frozen and with its digest. Raises PackError with every fault of its files.

    Loading proves that the files are the language; ``check`` proves that the rules they state can be lived with.
    """
    built = build(folder_of(path_or_name))
    if built.pack is None or built.findings:
        raise PackError(built.findings)
    return replace(built.pack, digest=digest(built.pack))


def base_pack(path_or_name: str | Path) -> Pack | None:
    """The pack that an overlay narrows; None for one that stands alone."""
    return build(folder_of(path_or_name)).base


def whole(over: Pack) -> Pack:
    """An overlay as a pack that stands alone, as if it were the county's: for playing the county's stories on it."""
    alone = replace(over, base="", base_digest="", covers="", digest="")
    return replace(alone, digest=digest(alone))
