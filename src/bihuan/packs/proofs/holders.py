"""Proof 9: every holder can be found, for every area of the tree that comes with the pack, also where one is avoided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bihuan.packs.areas import Division
from bihuan.packs.proofs.parts import Strand
from bihuan.packs.proofs.report import Report
from bihuan.packs.reading import Place
from bihuan.packs.shape import OfficeSpec, Pack
from bihuan.rules.procedure.shape import HolderSpec, Need, State
from bihuan.rules.routing import UnitFact, UnitTable, climb
from bihuan.rules.terms import GRADE


class Tree:
    """The units that the pack's offices make over its areas, as routing would find them."""

    def __init__(self, pack: Pack, areas: Sequence[Division]) -> None:
        self.pack, self.areas = pack, [*areas, *_sample_grids(pack, areas)]
        self.units = list(self._units())
        centres = {level.key: level.centre for level in pack.levels if level.centre}
        self.table = UnitTable(self.units, centres)
        self.posts: dict[str, set[str]] = {}
        for post in pack.posts:
            for kind in post.unit_kinds:
                self.posts.setdefault(kind, set()).add(post.key)

    def _units(self) -> Iterator[UnitFact]:
        placed: dict[tuple[str, str], int] = {}
        standing: list[tuple[int, OfficeSpec, Division]] = []
        for office in self.pack.offices:
            kind = self.pack.unit_kind(office.kind)
            for area in self.areas:
                if kind is not None and area.level == (office.per or kind.level):
                    number = len(standing) + 1
                    standing.append((number, office, area))
                    placed.setdefault((office.key, area.code), number)
                    placed.setdefault((office.kind, area.code), number)
        for number, office, area in standing:
            superior = self._superior(office, area, placed)
            yield UnitFact(number, office.kind, area.code, superior, area.level, office.key)

    def _superior(self, office: OfficeSpec, area: Division, placed: dict[tuple[str, str], int]) -> int:
        kind = self.pack.unit_kind(office.kind)
        wanted = office.superior or (kind.superior if kind else "")
        for width in range(len(area.code), 0, -1):
            found = placed.get((wanted, area.code[:width]))
            if found:
                return found
        return 0

    def has_post(self, unit: int, post: str) -> bool:
        """Whether the unit's kind has the post ("" = any)."""
        found = self.table.unit(unit)
        return found is not None and (not post or post in self.posts.get(found.kind, set()))


def _sample_grids(pack: Pack, areas: Sequence[Division]) -> list[Division]:
    """One area below each lowest one, where the pack has a level that its divisions do not reach."""
    if not areas or not pack.levels:
        return []
    last = pack.levels[-1]
    lowest = max(len(area.code) for area in areas)
    if last.digits <= lowest:
        return []
    tail = "0" * (last.digits - lowest - 1) + "1"
    return [Division(area.code + tail, area.name, last.key, area.code) for area in areas if len(area.code) == lowest]


def prove(report: Report, strand: Strand, tree: Tree) -> None:
    """Every holder of a part, and that the facts holders are made of are there when they are needed."""
    for state in strand.part.states:
        if state.holder is not None:
            place = (*strand.place, "state", state.key)
            for spec in state.holder.every():
                _at(report, place, spec, tree)
                _named(report, place, strand, spec, tree)
            _lets_go(report, place, strand, state)
    _facts_are_there(report, strand)


def _lets_go(report: Report, place: Place, strand: Strand, state: State) -> None:
    """Where it can turn out in a state that a case is about the named unit that holds it, the state is left by itself."""
    said = any(action.about and state.key in action.from_ for action in strand.procedure.actions)
    if strand.thread is not None or not said or state.final or state.holder is None or not state.holder.fact:
        return
    leaving = [one for one in strand.part.actions if one.automatic and one.automatic.avoided and state.key in one.from_]
    if not leaving:
        message = (
            "an act may say that the case is about its holder, and nothing takes it away here: add automatic = { avoided = true }"
        )
        report.fault(9, place, message)


def _at(report: Report, place: Place, spec: HolderSpec, tree: Tree) -> None:
    """A post at a level or at the receiving centre: for every area, and when that centre itself must be avoided."""
    if not spec.at:
        return
    levels = [level for level in tree.pack.levels if spec.at in ("centre", level.key)]
    widths = {level.digits for level in levels}
    for area in tree.areas:
        if len(area.code) < min(widths, default=0):
            continue
        centres = [tree.table.centre_at(level.key, area.code) for level in levels if level.digits <= len(area.code)]
        found = [centre for centre in centres if centre and (spec.at != "centre" or _receives(tree, centre))]
        if not found:
            report.fault(9, place, f"no unit at {spec.at!r} for the area {area.code} {area.name}")
            return
        for centre in found:
            message = _wrong(tree, centre, spec)
            if message:
                report.fault(9, place, f"{message} (area {area.code} {area.name})")
                return


def _receives(tree: Tree, unit: int) -> bool:
    fact = tree.table.unit(unit)
    kind = tree.pack.unit_kind(fact.kind) if fact else None
    return kind is not None and kind.centre


def _wrong(tree: Tree, centre: int, spec: HolderSpec) -> str:
    """Why a post cannot be found at a centre, or above it when the matter is about the centre itself."""
    post = spec.post_in(_kind(tree, centre))
    if not tree.has_post(centre, post):
        return f"the {_kind(tree, centre)} has no post {post!r}"
    above = climb(centre, (centre,), tree.table)
    if not above:
        return f"a matter about the {_kind(tree, centre)} itself has no unit above to go to" if _receives(tree, centre) else ""
    post = spec.post_in(_kind(tree, above))
    if not tree.has_post(above, post):
        return f"a matter about the {_kind(tree, centre)} goes to the {_kind(tree, above)}, which has no post {post!r}"
    return ""


def _kind(tree: Tree, unit: int) -> str:
    fact = tree.table.unit(unit)
    return fact.kind if fact else "?"


def _named(report: Report, place: Place, strand: Strand, spec: HolderSpec, tree: Tree) -> None:
    """A unit named by a fact, by the thread's item, or as the superior of who did something."""
    need = _need_behind(strand, spec)
    if need is not None and spec.post:
        for kind in _kinds(need, tree.pack) | _kept_by(strand, spec, tree.pack):
            if spec.post_in(kind) not in tree.posts.get(kind, set()):
                report.fault(9, place, f"a {kind} may be named, but has no post {spec.post_in(kind)!r}")
    if spec.superior_of:
        _superiors(report, place, strand, spec, tree)


def _superiors(report: Report, place: Place, strand: Strand, spec: HolderSpec, tree: Tree) -> None:
    """Above every unit that may do the act stands another, with the post that is asked for."""
    for kind_key in sorted(_kinds_doing(strand, tree.pack, spec.superior_of, ())):
        kind = tree.pack.unit_kind(kind_key)
        above = kind.superior if kind else ""
        if not above:
            report.fault(9, place, f"a {kind_key} may bring {spec.superior_of!r}, but nothing stands above it")
        elif spec.post and spec.post not in tree.posts.get(above, set()):
            report.fault(9, place, f"the {above} above a {kind_key} has no post {spec.post!r}")


def _kinds_doing(strand: Strand, pack: Pack, event: str, seen: tuple[str, ...]) -> set[str]:
    """The kinds of units whose turn it is where an event is brought, through the holders of the states it is brought from."""
    if event in seen:
        return set()
    states = [strand.states[key] for action in strand.doing(event) if "holder" in action.who for key in action.from_]
    kinds: set[str] = set()
    for spec in (spec for state in states for spec in (state.holder or HolderSpec()).every()):
        need = _need_behind(strand, spec)
        if spec.superior_of:
            below = [pack.unit_kind(kind) for kind in _kinds_doing(strand, pack, spec.superior_of, (*seen, event))]
            kinds |= {kind.superior for kind in below if kind is not None and kind.superior}
        elif need is not None:
            kinds |= _kinds(need, pack)
        elif spec.at == "centre":
            kinds |= {kind.key for kind in pack.unit_kinds if kind.centre}
        elif spec.at:
            level = pack.level(spec.at)
            at_level = {kind.key for kind in pack.unit_kinds if kind.level == spec.at}
            kinds |= {level.centre} if level and level.centre else at_level
    return kinds


def _kept_by(strand: Strand, spec: HolderSpec, pack: Pack) -> set[str]:
    """The kinds of units that may take the case themselves, so that the fact behind a holder names them (``takes``)."""
    takers = [action for action in strand.part.actions if spec.fact and action.takes == spec.fact]
    every = {kind.key for kind in pack.unit_kinds}
    return {kind for action in takers for kind in (action.holder_in or every)}


def _need_behind(strand: Strand, spec: HolderSpec) -> Need | None:
    if spec.fact:
        return strand.all_needs().get(spec.fact)
    if spec.item and strand.thread:
        opener = next((action for action in strand.procedure.actions if action.key in strand.thread.openers), None)
        return opener.needs.get(strand.thread.one_for_each) if opener else None
    return None


def _kinds(need: Need, pack: Pack) -> set[str]:
    """The kinds of units a fact may name: kinds, or the kinds of the offices it lists; all when it lists none."""
    every = {kind.key for kind in pack.unit_kinds}
    offices = {office.key: office.kind for office in pack.offices}
    return {value if value in every else offices.get(value, value) for value in need.of} if need.of else every


def _facts_are_there(report: Report, strand: Strand) -> None:
    """A state held by a unit that a fact names is entered only after an act that asks for it."""
    walk = strand.walk
    if strand.thread is not None or not walk.situations:
        return
    asked = {
        action.key: {name for name, need in action.needs.items() if not need.optional and not need.when.facts}
        | ({action.takes} if action.takes else set())
        for action in strand.part.actions
    }
    begins = [index for index, step in enumerate(walk.reached_by) if step is None]
    known: dict[int, set[str]] = {index: set(asked.get(strand.part.start_action, set())) for index in begins}
    queue = list(begins)
    while queue:
        origin = queue.pop()
        for step in walk.steps[origin]:
            facts = known[origin] | asked[step.action.key]
            if step.target not in known or not known[step.target] <= facts:
                known[step.target] = facts & known.get(step.target, facts)
                queue.append(step.target)
    told: set[str] = set()
    for index, facts in known.items():
        state = strand.states[walk.situations[index].state]
        fact = (GRADE if state.holder.by_grade else state.holder.fact) if state.holder else ""
        if fact and fact not in facts and state.key not in told:
            told.add(state.key)
            message = f"held by the unit of {fact!r}, but can be entered before any act asks for it"
            report.fault(9, (*strand.place, "state", state.key), message, walk.path_to(index))
