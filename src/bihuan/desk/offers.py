"""What an actor may do on a case now: each act with its form, as the case page and the lists draw it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from bihuan.access.actors import Actor
from bihuan.cases.errors import Changed
from bihuan.cases.shapes import MAIN, CasePage, ThreadLine
from bihuan.desk import names
from bihuan.desk.carried import carried
from bihuan.desk.steps import Step, steps_of
from bihuan.desk.timeline import Entry
from bihuan.rules.procedure.acts import OPENED, asked_event
from bihuan.rules.procedure.shape import Action, Need, Procedure, moves
from bihuan.web.forms import Field, Option, fields
from bihuan.web.speech import Speech
from bihuan.web.uploads import accepts_files

BASIS = "basis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act this post may do now (or that only a guard stops: ``refused`` says why), with its form.

    ``about``: the request that an approval answers, or that called an office in; ``since``: what was done in its line of work
    since, which has to be read before it is judged, rated, answered. ``at_once``: nothing is asked: the button itself acts.
    ``files``: the form takes files. ``help``: what happens when it is done, in the pack's words.
    ``whose``: the office whose line it is, where the same act is offered on several. ``usual``: the pack's primary act.
    ``residents``: it is the resident's to do; who is offered it here writes down what was brought on paper or said.
    """

    key: str
    thread: str
    event: str
    href: str
    title: str
    refused: str
    open: bool
    primary: bool
    usual: bool
    fields: tuple[Field, ...]
    said: str
    asks: bool
    many: bool = False
    about: Entry | None = None
    since: tuple[Step, ...] = ()
    at_once: bool = False
    files: bool = False
    help: str = ""
    whose: str = ""
    residents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What was typed into an act that did not go through, to be shown again with what is wrong."""

    thread: str = MAIN
    action: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    changed: Sequence[Changed] = ()
    status: int = 200


def drawn_acts(page: CasePage, actor: Actor, say: Speech, retry: Retry, entries: Sequence[Entry]) -> list[Act]:
    """Acts in the pack's order; the pack's primary act is the screen's primary button.

    Where a guard stops the pack's own, it is what has to be done first, as far as a guard names it. Where the pack marks none,
    it is the first that moves the matter on, for whoever holds it: saying whom it is about is nobody's natural next act, and
    to take it from the office that handles it is not the centre's. What is the resident's to do (ask for a review, for it to
    be handled again) is never a post's next act: it stands last.
    """
    alone = [offer for offer in page.offers if offer.action.pair is None]  # the others stand with the linked matters
    allowed = [offer for offer in alone if not offer.refused and not residents_own(offer.action)]
    own = {one.name for one in page.threads if holds(actor, one)}
    stopped = [offer.action for offer in alone if offer.refused and offer.action.primary and offer.thread == MAIN and MAIN in own]
    marked = [offer for offer in allowed if offer.action.primary] or [
        offer for offer in allowed if moves(offer.action) and offer.thread in own and not (stopped and offer.thread == MAIN)
    ]
    marked = marked or [offer for action in stopped for offer in allowed if _opens_the_way(offer, action, page.procedure)]
    primary = (marked[0].thread, marked[0].action.key) if marked else ("", "")
    drawn = [_act(offer, page, actor, say, retry, primary=(offer.thread, offer.action.key) == primary) for offer in alone]
    first = {one.thread: one.seq for one in page.timeline if one.kind == OPENED}
    by_seq = {entry.seq: entry for entry in entries}
    asked = {thread: by_seq[seq] for thread, seq in first.items() if seq in by_seq}
    since = {name: steps_of(name, page, by_seq, without=(OPENED,)) for name in {act.thread for act in drawn} if name != MAIN}
    told = [
        replace(
            act, about=asked.get(act.thread), since=since.get(act.thread, ()), at_once=act.at_once and act.thread not in asked
        )
        for act in drawn
    ]
    return sorted(_told_apart(told, page, actor, say), key=lambda act: (act.residents, not act.primary))


def _opens_the_way(offer: Any, stopped: Action, procedure: Procedure) -> bool:
    """True for an act that a guard of the stopped one waits for: consent before the attempt, a promise before the paper."""
    counted = {guard.count for guard in stopped.guards if guard.count and guard.min}
    kinds = {guard.threads for guard in stopped.guards if guard.threads and guard.any_in}
    openers = {key for spec in procedure.threads if spec.key in kinds for key in spec.openers}
    return offer.thread == MAIN and (offer.action.event in counted or offer.action.key in openers)


def residents_own(action: Action) -> bool:
    """True for an act that is the resident's and no holder's: a post that may do it only writes down what was asked for."""
    return "resident" in action.who and "holder" not in action.who


def holds(actor: Actor, line: ThreadLine) -> bool:
    """True where it is this actor's turn on a line of work."""
    return line.open and line.holder_unit == actor.unit and line.holder_post in ("", actor.post)


def _told_apart(acts: Sequence[Act], page: CasePage, actor: Actor, say: Speech) -> list[Act]:
    """Acts of the same name on several lines of work each name the office whose line it is; of instalments which one."""
    titles = Counter(act.title for act in acts)
    twice = {act.thread for act in acts if titles[act.title] > 1}
    items = {one.name: int(one.item) if one.item.isdecimal() else one.holder_unit for one in page.threads if one.name in twice}
    known = names.units(actor, items.values()) if items else {}
    own = {one.name: carried(one, page, say) for one in page.threads if one.name in twice}
    return [
        replace(act, whose=own.get(act.thread) or known.get(items.get(act.thread, 0), "")) if titles[act.title] > 1 else act
        for act in acts
    ]


def _act(offer: Any, page: CasePage, actor: Actor, say: Speech, retry: Retry, *, primary: bool) -> Act:
    action: Action = offer.action
    again = (retry.thread or MAIN) == offer.thread and retry.action == action.key
    typed = dict(retry.typed) if again else {}
    for name, need in action.needs.items():  # what is known is not asked again
        typed.setdefault(name, _known(name, need, page))

    def options(name: str, need: Need) -> Sequence[Option]:
        if need.type in ("unit", "units"):
            return names.offices(actor, say, page, need)
        if need.type == "post" and not need.of:
            return names.people_of(page, say)
        return [Option(value, say.choice(value, name, need.sets, page.procedure.key)) for value in need.of]

    for name, need in action.needs.items():
        if need.type == "unit" and not typed[name] and not again:
            typed[name] = _only_suggested(options(name, need))
    kind = "" if offer.thread == MAIN else offer.thread.partition(":")[0]
    where = (page.procedure.key, kind, action.key)
    drawn = fields(action.needs, say, where, options=options, typed=typed, errors=retry.errors if again else {})
    if any(option.hint for one in drawn for option in one.options):  # a suggested office brings its basis along
        left_empty = _("left empty: what stands under the office chosen")
        drawn = [replace(one, required=False, hint=left_empty) if one.name == BASIS else one for one in drawn]
    return Act(
        key=f"{offer.thread}.{action.key}",
        thread=offer.thread,
        event=happened(action),
        href=f"/desk/case/{page.case_id}/act/{offer.thread}/{action.key}",
        title=say.action(page.procedure.key, action.key, action.title, kind),
        refused=say.sentence(offer.refused),
        open=again,
        primary=primary,
        usual=action.primary,
        fields=tuple(drawn),
        said=retry.said if again else "",
        asks=action.approve is not None,
        residents=residents_own(action),
        many=action.many,
        files=accepts_files(drawn),
        help="" if kind else say.say("help", page.procedure.key, action.key, otherwise="\0").replace("\0", ""),
        at_once=not drawn and action.approve is None and not (again and retry.said),
    )


def happened(action: Action) -> str:
    """The event that an act makes: where somebody else has to approve it, that it was asked for."""
    return asked_event(action) if action.approve else action.event or action.key


def _only_suggested(options: Sequence[Option]) -> str:
    """The office that the duty list names, where it names one alone; of several a person chooses."""
    named = [option.value for option in options if option.hint]
    return named[0] if len(named) == 1 else ""


def _known(name: str, need: Need, page: CasePage) -> str:
    attribute = need.sets or name
    if attribute in ("category", "weight", "urgency", "kind"):
        value = str(getattr(page, attribute, "") or "")
        return value if value in need.of else ""
    return ""
