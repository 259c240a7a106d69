"""The place as a story speaks of it, out of the pack's files alone: areas, units and seats without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from bihuan.packs.proofs.holders import Tree
from bihuan.packs.telling import StoryFault


class ToldPlace:
    """Finds what a story names. Of grids only the first of each lowest area stand in a pack's files; the others follow."""

    def __init__(self, tree: Tree) -> None:
        """Index the tree's areas and units once."""
        self.tree, self.pack = tree, tree.pack
        self._areas: dict[str, list[str]] = defaultdict(list)
        for area in sorted(tree.areas, key=lambda area: area.code):
            self._areas[area.level].append(area.code)
        self._units = {(unit.key, unit.area_code): unit.id for unit in tree.units}
        self._alone = {unit.key: unit.id for unit in tree.units if not self._per(unit.key)}
        self._kinds = {unit.id: unit.kind for unit in tree.units}

    def _per(self, key: str) -> str:
        office = self.pack.office(key)
        return office.per if office else ""

    def area(self, word: str) -> str:
        """The code of ``level:n`` (from 1), of a level alone (its first), or a code itself. Raises StoryFault."""
        if word.isdigit():
            if any(word.startswith(code) or code == word for codes in self._areas.values() for code in codes):
                return word
            raise StoryFault(f"the place has no area {word!r}")
        level, _, n = word.partition(":")
        codes = self._areas.get(level, [])
        known = len(codes)
        if codes and self.pack.levels[-1].key == level:
            known = max(known, self.pack.area.grids)
        if not codes or not (n or "1").isdigit() or not 1 <= int(n or 1) <= known:
            raise StoryFault(f"the place has no area {word!r}; levels: {', '.join(self._areas)}")
        return codes[(int(n or 1) - 1) % len(codes)]

    def unit(self, word: str) -> int:
        """The number of the unit: an office's key, ``station@township:2`` where each area has one. Raises StoryFault."""
        key, _, area = word.partition("@")
        found = self._units.get((key, self.area(area))) if area else self._alone.get(key)
        if found is None:
            each = self._per(key)
            why = f"; each {each} has one: write {key}@{each}:1" if each and not area else ""
            raise StoryFault(f"the place has no unit {word!r}{why}")
        return found

    def seat(self, told: Any) -> tuple[int, str]:
        """Unit and post of a member of the cast: ``{ post, unit | area, same }``. Raises StoryFault."""
        if not isinstance(told, Mapping) or "post" not in told:
            raise StoryFault("somebody of the cast is { post, unit } or { post, area }")
        unknown = set(told) - {"post", "unit", "area", "same"}
        post = str(told["post"])
        spec = self.pack.post(post)
        if spec is None or unknown:
            what = f"no post {post!r}" if spec is None else f"no key {sorted(unknown)} here"
            raise StoryFault(f"the pack has {what}; posts: {', '.join(one.key for one in self.pack.posts)}")
        unit = self.unit(str(told["unit"])) if "unit" in told else self._of_area(post, spec.unit_kinds, told)
        if self._kinds[unit] not in spec.unit_kinds:
            raise StoryFault(f"a {self._kinds[unit]} has no post {post!r}")
        return unit, post

    def _of_area(self, post: str, kinds: tuple[str, ...], told: Mapping[str, Any]) -> int:
        area = str(told.get("area", self.pack.levels[0].key))
        offices = [office for office in self.pack.offices if office.kind in kinds]
        specs = {kind.key: kind for kind in self.pack.unit_kinds}
        for office in sorted(offices, key=lambda office: not (office.kind in specs and specs[office.kind].centre)):
            kind = specs.get(office.kind)
            if kind and kind.level == area.partition(":")[0]:
                return self.unit(f"{office.key}@{area}" if office.per else office.key)
        raise StoryFault(f"no unit of {area!r} has the post {post!r}")
