"""What a township may tighten of its county's rules, one edit at a time, on the checked objects (docs/rules/packs.md, Narrowing).

The closed list has no edit that loosens; one that is sent all the same is refused with the reason. ``proofs.narrowing`` proves
of the whole result once more that it narrows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar, get_args

from bihuan.packs import lengths
from bihuan.packs.approvals import approval_thread, centre_posts, moving
from bihuan.packs.canon import digest
from bihuan.packs.edits import Place, limits
from bihuan.packs.inherited import stories
from bihuan.packs.plain_text import unseen
from bihuan.packs.shape import Category, DutyLine, Pack
from bihuan.packs.spans import no_later, no_shorter
from bihuan.packs.wording import titles
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import Action, Approval, Guard, Need, Procedure, State, ThreadSpec
from bihuan.rules.terms import Span

Kind = Literal[
    "limit", "light", "rhythm", "latest", "question", "most", "another", "after", "approve", "category", "drop", "rename"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES: Mapping[Kind, tuple[int, ...]] = {
    **dict.fromkeys(KINDS, (2,)),
    "limit": (4,), "light": (1,), "rhythm": (1,), "latest": (3,), "category": (1,), "rename": (2, 3),
}  # fmt: skip
"""Of how many names ``of`` is made, by kind."""
LONGEST_NAME, LONGEST_WORDS, LONGEST_BASIS = 60, 200, 300
OUTSIDERS = frozenset({"resident", "system"})
ANSWER = 500
"""Characters that the answer to a further question may have."""
NAMED = {"state": "states", "action": "actions", "clock": "clocks"}
"""What of a procedure may be given another name, beside its categories: what an edit calls it, and where it is held."""
N = TypeVar("N", State, Action, ClockSpec, Category)


@dataclass(frozen=True, slots=True)
class Tightening:
    """One edit. ``of`` names what is tightened; a length is ``n`` and ``unit``; ``words`` are a name, a question or a sentence.

    limit: (procedure, thread, clock, index); light: (name,); rhythm: (key,); latest: (procedure, act, need);
    question: (procedure, act); most: (procedure, act), ``n`` times at most; another, after: (procedure, act), ``who`` the act
    that somebody else must have done, or that must have been done before; approve: (procedure, act), ``who`` the post;
    category: (parent,), ``who`` an office of the area's level, ``basis`` its text; drop: (procedure, act); rename: the dotted
    key's parts.
    """

    kind: Kind
    of: tuple[str, ...]
    n: int = 0
    unit: str = ""
    words: str = ""
    who: str = ""
    basis: str = ""


class TighteningRefused(ValueError):
    """An edit that is not on the closed list. ``code`` says why, ``edit`` which.

    unknown (names nothing of the county's), looser (longer, later or less often), length, bound (a window of the resident's, or
    an end that moves the matter on), outsider (an act of the resident, the system or two matters), words, signs (a text
    holds characters that nobody sees), post, office, basis, parent (no category that has some below it), kept (not optional),
    nothing.
    """

    def __init__(self, code: str, edit: Tightening) -> None:
        super().__init__(code)
        self.code, self.edit = code, edit


def tightened(county: Pack, over: Pack | None, edits: Iterable[Tightening], *, area: str, title: str, version: str) -> Pack:
    """The overlay of an area: the county's rules, or those of the overlay there (``over``), with the edits made.

    The county's stories come along, with an answer to each further question. Raises TighteningRefused.
    """
    start = over or county
    made = replace(start, covers=area, later=replace(start.later, stories=county.later.stories))
    for edit in edits:
        before = made
        if any(unseen(said, lines=True) for said in (edit.words, edit.who, edit.basis)):
            raise TighteningRefused("signs", edit)
        made = _MAKERS[edit.kind](made, edit, county) if edit.kind in _MAKERS else made
        if made == before:
            raise TighteningRefused("nothing", edit)
    made = replace(
        made, name=f"{county.name}_{area}", title=title, version=version, published=False, base=f"{county.name}@{county.version}",
        base_digest=county.digest,
    )  # fmt: skip
    made = replace(made, wording=worded(made, start))
    own = tuple(one for one in start.later.stories if one.key not in {told.key for told in county.later.stories})
    told = stories(made, county, {one.key for one in own})
    made = replace(made, later=replace(made.later, stories=(*told, *own)), digest="")
    return replace(made, digest=digest(made))


def worded(made: Pack, start: Pack) -> Mapping[str, Mapping[str, str]]:
    """The words of the rules it came from, with the Chinese of what was added or has another name now."""
    chinese = {**start.wording.get("zh", {}), **titles(made)}
    for procedure in made.procedures.values():
        for act in procedure.actions:
            if act.approve:
                for event, words in (("asked", "申请"), ("granted", "同意"), ("refused", "不同意")):
                    chinese.setdefault(f"event.{procedure.key}.{act.key}_{event}", f"{words}：{act.title}")
    others = {key: words for key, words in start.wording.items() if key != "zh"}
    return {"zh": chinese, **others}


def may_tighten(act: Action) -> bool:
    """Whether conditions, questions or an approval may be added: an act of staff, on one matter."""
    return not (OUTSIDERS & set(act.who)) and act.automatic is None and act.pair is None


def bound(procedure: Procedure, place: Place) -> bool:
    """Whether a limit stays as it is: a window of the resident's, or one whose end moves the matter on by itself."""
    if place.clock.charges in ("nobody", "resident"):
        return True
    return place.clock.key in moving(procedure)


def droppable(procedure: Procedure) -> Iterator[Action]:
    """The acts of staff in the main line that the pack calls optional and that may be left out."""
    yield from (act for act in procedure.actions if act.optional and may_tighten(act))


def latest_of(procedure: Procedure) -> Iterator[tuple[Action, str, Need]]:
    """The questions of staff's acts that ask for a date with a latest one."""
    for act in procedure.actions:
        if not may_tighten(act):
            continue
        for name, need in act.needs.items():
            if need.latest is not None:
                yield act, name, need


def _span(edit: Tightening) -> Span:
    span = lengths.span_of(edit.n, edit.unit)
    if span is None:
        raise TighteningRefused("length", edit)
    return span


def _words(edit: Tightening, longest: int = LONGEST_WORDS, least: int = 2) -> str:
    if not least <= len(edit.words.strip()) <= longest:
        raise TighteningRefused("words", edit)
    return edit.words.strip()


def _procedure(pack: Pack, edit: Tightening) -> Procedure:
    found = pack.procedures.get(edit.of[0]) if edit.of else None
    if found is None:
        raise TighteningRefused("unknown", edit)
    return found


def _act(pack: Pack, edit: Tightening) -> tuple[Procedure, Action]:
    """The act of the main line that an edit names. Raises TighteningRefused: unknown, outsider."""
    procedure = _procedure(pack, edit)
    act = next((one for one in procedure.actions if one.key == edit.of[1]), None) if len(edit.of) > 1 else None
    if act is None:
        raise TighteningRefused("unknown", edit)
    if not may_tighten(act):
        raise TighteningRefused("outsider", edit)
    return procedure, act


def _with(pack: Pack, procedure: Procedure) -> Pack:
    """The pack with a procedure whose approvals are those that its acts now ask for."""
    posts = centre_posts(pack.unit_kinds, pack.posts)
    asked = {f"ask_{act.key}": approval_thread(act, posts) for act in procedure.actions if act.approve}
    threads = [_as_cited(asked.pop(one.key), one) if one.key in asked else one for one in procedure.threads]
    kept = [one for one in threads if not one.approves or any(act.key == one.approves for act in procedure.actions)]
    made = replace(procedure, threads=(*kept, *asked.values()))
    return replace(pack, procedures={**pack.procedures, procedure.key: made})


def _as_cited(made: ThreadSpec, was: ThreadSpec) -> ThreadSpec:
    """An approval made anew, whose limit cites what it cited before."""
    before = {one.key: one for one in was.clocks}

    def cited(clock: ClockSpec) -> ClockSpec:
        old = before.get(clock.key, clock)
        return replace(clock, source=old.source, confidence=old.confidence)

    return replace(made, clocks=tuple(map(cited, made.clocks)))


def _with_act(pack: Pack, procedure: Procedure, act: Action) -> Pack:
    actions = tuple(act if one.key == act.key else one for one in procedure.actions)
    return _with(pack, replace(procedure, actions=actions))


def _limit(pack: Pack, edit: Tightening, county: Pack) -> Pack:
    procedure, span = _procedure(pack, edit), _span(edit)
    below = county.procedures[procedure.key]
    was = next((one for one in limits(below) if one.of == edit.of), None)
    now = next((one for one in limits(procedure) if one.of == edit.of), None)
    if now is None:
        raise TighteningRefused("unknown", edit)
    if bound(procedure, now):
        raise TighteningRefused("bound", edit)
    if was is not None and not no_later(span, was.span):
        raise TighteningRefused("looser", edit)
    made = lengths.with_limit(procedure, (now.thread, now.clock.key, now.index), span, pack.lights)
    return replace(pack, procedures={**pack.procedures, procedure.key: made})


def _light(pack: Pack, edit: Tightening, county: Pack) -> Pack:
    name, span = "".join(edit.of), _span(edit)
    was = lengths.lights_of(county).get(name)
    if was is None:
        raise TighteningRefused("unknown", edit)
    if not no_shorter(span, was):
        raise TighteningRefused("looser", edit)
    return lengths.with_light(pack, name, span)


def _rhythm(pack: Pack, edit: Tightening, county: Pack) -> Pack:
    span = _span(edit)
    was = next((one for one in county.later.rhythms if (one.key,) == edit.of), None)
    if was is None:
        raise TighteningRefused("unknown", edit)
    if not no_later(span, was.every):
        raise TighteningRefused("looser", edit)
    return lengths.with_rhythm(pack, was.key, span)


def _latest(pack: Pack, edit: Tightening, county: Pack) -> Pack:
    procedure, span = _procedure(pack, edit), _span(edit)
    name = edit.of[2] if len(edit.of) > 2 else ""
    act = next((one for one, asked, _need in latest_of(procedure) if (one.key, asked) == edit.of[1:]), None)
    if act is None:
        raise TighteningRefused("unknown", edit)
    asked = {(one.key, asked): need.latest for one, asked, need in latest_of(county.procedures[procedure.key])}
    below = asked.get((act.key, name))
    if below is not None and not no_later(span, below):
        raise TighteningRefused("looser", edit)
    return _with_act(pack, procedure, replace(act, needs={**act.needs, name: replace(act.needs[name], latest=span)}))


def _question(pack: Pack, edit: Tightening, _county: Pack) -> Pack:
    procedure, act = _act(pack, edit)
    words = _words(edit, LONGEST_NAME)
    name = next(f"own_{n}" for n in range(1, 100) if f"own_{n}" not in act.needs)
    return _with_act(pack, procedure, replace(act, needs={**act.needs, name: Need(type="text", title=words, min=2, max=ANSWER)}))


def _guarded(pack: Pack, edit: Tightening, guard: Callable[[Procedure, Action], Guard]) -> Pack:
    procedure, act = _act(pack, edit)
    more = replace(guard(procedure, act), say=_words(edit))
    return pack if more in act.guards else _with_act(pack, procedure, replace(act, guards=(*act.guards, more)))


def _event_of(procedure: Procedure, edit: Tightening) -> str:
    """The event of the act that another edit names in ``who``. Raises TighteningRefused."""
    found = next((one for one in procedure.actions if one.key == edit.who), None)
    if found is None or edit.who == edit.of[1]:
        raise TighteningRefused("unknown", edit)
    return found.event


def _most(pack: Pack, edit: Tightening, _county: Pack) -> Pack:
    if not 0 < edit.n <= lengths.MOST:
        raise TighteningRefused("length", edit)
    return _guarded(pack, edit, lambda _procedure, act: Guard(count=act.event, max_before=edit.n - 1))


def _another(pack: Pack, edit: Tightening, _county: Pack) -> Pack:
    return _guarded(pack, edit, lambda procedure, _act: Guard(not_the_one_who=(_event_of(procedure, edit),)))


def _after(pack: Pack, edit: Tightening, _county: Pack) -> Pack:
    return _guarded(pack, edit, lambda procedure, _act: Guard(count=_event_of(procedure, edit), min=1))


def _approve(pack: Pack, edit: Tightening, county: Pack) -> Pack:
    procedure, act = _act(pack, edit)
    if act.key == procedure.start_action:
        raise TighteningRefused("outsider", edit)
    post = pack.post(edit.who)
    if post is None or post.administers:
        raise TighteningRefused("post", edit)
    below = next(one for one in county.procedures[procedure.key].actions if one.key == act.key)
    if below.approve is not None:
        raise TighteningRefused("kept", edit)
    return _with_act(pack, procedure, replace(act, approve=Approval(who=(edit.who,), within=_span(edit), silence="refused")))


def _category(pack: Pack, edit: Tightening, county: Pack) -> Pack:
    parent = edit.of[0] if len(edit.of) == 1 else ""
    level = next((one.key for one in county.levels if one.digits == len(pack.covers)), "")
    catalogue, words = pack.catalogue, _words(edit, LONGEST_NAME)
    if not any(one.parent == parent for one in county.catalogue.categories if parent):
        raise TighteningRefused("parent", edit)
    if any(one.parent == parent and one.title == words for one in catalogue.categories):
        return pack
    office, known = pack.office(edit.who), {one.key for one in catalogue.categories}
    kind = pack.unit_kind(office.kind) if office else None
    if kind is None or kind.level != level or not kind.assignable:
        raise TighteningRefused("office", edit)
    if not 0 < len(edit.basis.strip()) <= LONGEST_BASIS:
        raise TighteningRefused("basis", edit)
    key = next(f"{parent}.own_{n}" for n in range(1, 1000) if f"{parent}.own_{n}" not in known)
    line = DutyLine(category=key, office=edit.who, basis=edit.basis, level=level, source=edit.basis, confidence="M")
    last = max(n for n, one in enumerate(catalogue.categories) if one.parent == parent)
    own = Category(key=key, title=words, parent=parent)
    added = (*catalogue.categories[: last + 1], own, *catalogue.categories[last + 1 :])
    made = replace(pack, catalogue=replace(catalogue, categories=added, duties=(*catalogue.duties, line)))
    procedures = {one: _offering(each, catalogue.categories[last].key, key) for one, each in made.procedures.items()}
    return replace(made, procedures=procedures)


def _offering(procedure: Procedure, behind: str, key: str) -> Procedure:
    """A procedure that offers a further category wherever it offers the one that stands before it."""

    def more(of: tuple[str, ...]) -> tuple[str, ...]:
        at = of.index(behind) + 1 if behind in of else 0
        return (*of[:at], key, *of[at:]) if at else of

    def offering(act: Action) -> Action:
        needs = {name: replace(need, of=more(need.of)) for name, need in act.needs.items()}
        return replace(act, needs=needs) if needs != dict(act.needs) else act

    threads = tuple(replace(one, actions=tuple(map(offering, one.actions))) for one in procedure.threads)
    return replace(procedure, actions=tuple(map(offering, procedure.actions)), threads=threads)


def _drop(pack: Pack, edit: Tightening, _county: Pack) -> Pack:
    procedure, act = _act(pack, edit)
    if not act.optional:
        raise TighteningRefused("kept", edit)
    return _with(pack, replace(procedure, actions=tuple(one for one in procedure.actions if one.key != act.key)))


def _rename(pack: Pack, edit: Tightening, _county: Pack) -> Pack:
    words, what, of = _words(edit, LONGEST_NAME), edit.of[0] if edit.of else "", edit.of[1:]
    if what == "category" and len(of) == 1:
        some = _renamed(pack.catalogue.categories, of[0], words)
        return replace(pack, catalogue=replace(pack.catalogue, categories=some))
    held, procedure = NAMED.get(what), pack.procedures.get(of[0]) if len(of) == 2 else None
    if held is None or procedure is None:
        raise TighteningRefused("unknown", edit)
    changes: dict[str, Any] = {held: _renamed(getattr(procedure, held), of[1], words)}
    return _with(pack, replace(procedure, **changes))


def _renamed(things: tuple[N, ...], key: str, words: str) -> tuple[N, ...]:
    return tuple(replace(one, title=words) if one.key == key else one for one in things)


_MAKERS: dict[Kind, Callable[[Pack, Tightening, Pack], Pack]] = {
    "limit": _limit,
    "light": _light,
    "rhythm": _rhythm,
    "latest": _latest,
    "question": _question,
    "most": _most,
    "another": _another,
    "after": _after,
    "approve": _approve,
    "category": _category,
    "drop": _drop,
    "rename": _rename,
}
