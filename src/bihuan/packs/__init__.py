"""The pack language: TOML in, checked frozen objects out (docs/rules/packs.md).

``load`` gives a pack or all that is wrong with its files; ``check`` proves that its rules can be lived with;
``canonical``, ``digest`` and ``from_canonical`` keep a version; ``divisions`` reads the areas that come with it.
"""

from bihuan.packs.areas import Division, divisions
from bihuan.packs.canon import canonical, digest, from_canonical
from bihuan.packs.checking import check, check_pack
from bihuan.packs.faults import Finding, PackError
from bihuan.packs.loading import base_pack, folder_of, load, shipped, standard, whole
from bihuan.packs.shape import Pack

__all__ = [
    "Division",
    "Finding",
    "Pack",
    "PackError",
    "base_pack",
    "canonical",
    "check",
    "check_pack",
    "digest",
    "divisions",
    "folder_of",
    "from_canonical",
    "load",
    "shipped",
    "standard",
    "whole",
]
