"""What the rules asked for in a township change of those in force there, line by line: what they tighten, what they take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from bihuan.desk.admin.edit_words import EditWords
from bihuan.desk.admin.rule_words import span_words
from bihuan.packs.edits import limits
from bihuan.packs.lengths import lights_of
from bihuan.packs.shape import Catalogue, Pack
from bihuan.packs.spans import no_later, no_shorter
from bihuan.rules.clocks.shape import ClockSpec
from bihuan.rules.procedure.shape import Action, Approval, Guard, Procedure, ThreadSpec
from bihuan.rules.terms import Span
from bihuan.web.speech import Speech

Line = dict[str, str]
"""``what``, how it ``was``, how it is ``now``; ``gone`` is not empty where something that tightens there now would no longer."""
_GONE = "gone"


def narrowed(was: Pack, now: Pack, say: Speech) -> list[Line]:
    """Each thing that differs from the rules in force there; what would no longer hold comes first.

    ``was``: what is in force there, the township's own rules or the county's; ``say`` speaks of it.
    """
    words = EditWords(say)
    found: list[Line] = []
    for key, procedure in now.procedures.items():
        if key in was.procedures and procedure != was.procedures[key]:
            found += _Procedure(was.procedures[key], procedure, say).lines(words, was, now)
    found += _lights(was, now, words)
    found += _rhythms(was, now, words)
    found += _categories(was.catalogue, now.catalogue, say)
    return sorted(found, key=lambda line: not line["gone"])


class _Procedure:
    """One procedure, before and after: its main line and what runs beside it."""

    def __init__(self, was: Procedure, now: Procedure, say: Speech) -> None:
        self.was, self.now, self.say = was, now, say

    def lines(self, words: EditWords, was: Pack, now: Pack) -> Iterator[Line]:
        """What differs; approvals are told at the act that waits for them."""
        yield from self._limits(words, was, now)
        threads = {one.key: one for one in self.now.threads}
        pairs: list[tuple[str, Procedure | ThreadSpec, Procedure | ThreadSpec]] = [("", self.was, self.now)]
        pairs += [(one.key, one, threads[one.key]) for one in self.was.threads if one.key in threads and not one.approves]
        for kind, before, after in pairs:
            yield from self._acts(kind, before.actions, after.actions)
            yield from self._clocks(kind, before.clocks, after.clocks)
            for what, old, new in ((_("Stage"), before.states, after.states), (_("Limit"), before.clocks, after.clocks)):
                titles = {one.key: one.title for one in old}
                yield from (
                    _line(_("%(what)s: another name") % {"what": what}, titles[one.key], one.title)
                    for one in new
                    if titles.get(one.key, one.title) != one.title
                )

    def _limits(self, words: EditWords, was: Pack, now: Pack) -> Iterator[Line]:
        before = {place.of: place.limit for place in limits(self.was)}
        for place in limits(self.now):
            old, new = before.get(place.of), place.limit
            if old is None or old.span is None or new.span is None:
                continue
            if old.span != new.span:
                yield _line(words.limit(place), span_words(old.span), span_words(new.span), not no_later(new.span, old.span))
            follows = old.amber == was.lights.amber_for(old.span) and new.amber == now.lights.amber_for(new.span)
            if old.amber != new.amber and old.amber and not follows:
                what = words.limit(place) + " · " + _("The light turns near so long before the limit")
                gone = new.amber is None or not no_shorter(new.amber, old.amber)
                yield _line(what, span_words(old.amber), _span(new.amber), gone)

    def _clocks(self, kind: str, was: Sequence[ClockSpec], now: Sequence[ClockSpec]) -> Iterator[Line]:
        before = {one.key: one.every for one in was}
        part = f"{self.now.key}.{kind}" if kind else self.now.key
        for clock in now:
            old, new = before.get(clock.key), clock.every
            if old is not None and old != new:
                what = _("“%(clock)s” comes round every") % {"clock": self.say.clock(part, clock.key, clock.title)}
                yield _line(what, span_words(old), _span(new), new is None or not no_later(new, old))

    def _acts(self, kind: str, was: Sequence[Action], now: Sequence[Action]) -> Iterator[Line]:
        before, after = {one.key: one for one in was}, {one.key: one for one in now}
        for key, act in before.items():
            if key not in after:
                yield _line(_("Act left out"), self._named(kind, act), "")
            elif after[key] != act:
                yield from self._act(kind, act, after[key])
        yield from (
            _line(_("Act no longer left out"), "", self._named(kind, act), True)
            for key, act in after.items()
            if key not in before
        )

    def _named(self, kind: str, act: Action) -> str:
        return self.say.action(self.now.key, act.key, act.title, kind)

    def _act(self, kind: str, was: Action, now: Action) -> Iterator[Line]:
        name = {"act": self._named(kind, was)}
        if was.title != now.title:
            yield _line(_("%(what)s: another name") % {"what": _("Act")}, was.title, now.title)
        yield from self._needs(kind, was, now, name)
        yield from _guards(was.guards, now.guards, name)
        yield from self._approval(was.approve, now.approve, name)

    def _needs(self, kind: str, was: Action, now: Action, name: dict[str, str]) -> Iterator[Line]:
        for asked, need in now.needs.items():
            before = was.needs.get(asked)
            if before is None:
                yield _line(_("“%(act)s” asks besides") % name, "", need.title)
                continue
            if replace(before, latest=need.latest, of=need.of) != need:
                yield _line(_("“%(act)s” no longer asks as before") % name, before.title, need.title, True)
            if before.latest != need.latest and before.latest:
                question = self.say.need(self.now.key, was.key, asked, need.title, kind)
                yield _line(
                    _("“%(act)s”: %(question)s, at the latest") % {**name, "question": question},
                    span_words(before.latest), _span(need.latest),
                    need.latest is None or not no_later(need.latest, before.latest),
                )  # fmt: skip
        for asked, need in was.needs.items():
            if asked not in now.needs:
                yield _line(_("“%(act)s” no longer asks") % name, need.title, "", True)

    def _approval(self, was: Approval | None, now: Approval | None, name: dict[str, str]) -> Iterator[Line]:
        """The approval that comes, goes, or is another's; only its time differs: that is told among the limits."""
        if was is None and now is not None:
            yield _line(_("“%(act)s” takes effect only when approved by") % name, "", self._approves(now))
        elif was is not None and now is None:
            yield _line(_("“%(act)s” no longer needs the approval of") % name, self._approves(was), "", True)
        elif was is not None and now is not None and _but_time(was) != _but_time(now):
            what = _("“%(act)s” takes effect only when approved by") % name
            yield _line(what, self._approves(was), self._approves(now), True)

    def _approves(self, approve: Approval) -> str:
        who = self.say.posts(approve.who)
        if approve.within is None:
            return who
        said = {"who": who, "span": span_words(approve.within)}
        if approve.silence == "granted":
            return _("%(who)s, within %(span)s; silence counts as agreed") % said
        return _("%(who)s, within %(span)s; silence counts as refused") % said


def _but_time(approve: Approval) -> tuple[Approval, bool]:
    """The approval but for how long it may take: only whether that is limited at all."""
    return replace(approve, within=None), approve.within is None


def _guards(was: Sequence[Guard], now: Sequence[Guard], name: dict[str, str]) -> Iterator[Line]:
    """The conditions that come and go; the same condition may be said in other words."""
    left = list(was)
    for guard in now:
        same = next((one for one in left if replace(one, say=guard.say) == guard), None)
        if same is None:
            yield _line(_("“%(act)s” has a condition more; who does not meet it reads") % name, "", guard.say)
            continue
        left.remove(same)
        if same.say != guard.say:
            yield _line(_("“%(act)s”: who does not meet a condition reads") % name, same.say, guard.say)
    yield from (_line(_("“%(act)s” has a condition less; who did not meet it read") % name, one.say, "", True) for one in left)


def _lights(was: Pack, now: Pack, words: EditWords) -> Iterator[Line]:
    titles = {row["name"]: row["title"] for row in words.lights()}
    after = lights_of(now)
    for name, old in lights_of(was).items():
        new = after.get(name)
        if new != old:
            yield _line(titles[f"light-{name}"], span_words(old), _span(new), new is None or not no_shorter(new, old))


def _rhythms(was: Pack, now: Pack, words: EditWords) -> Iterator[Line]:
    titles = {row["name"]: row["title"] for row in words.rhythms()}
    after = {one.key: one for one in now.later.rhythms}
    for old in was.later.rhythms:
        new = after.get(old.key)
        title = titles[f"rhythm-{old.key}"]
        if new is None:
            continue
        if new.every != old.every:
            yield _line(title, span_words(old.every), span_words(new.every), not no_later(new.every, old.every))
        special = old.in_special_period
        if special is not None and new.in_special_period != special:
            gone = new.in_special_period is None or not no_later(new.in_special_period, special)
            what = _("“%(rhythm)s” in special periods") % {"rhythm": title}
            yield _line(what, span_words(special), _span(new.in_special_period), gone)


def _categories(was: Catalogue, now: Catalogue, say: Speech) -> Iterator[Line]:
    before, after = {one.key: one for one in was.categories}, {one.key: one for one in now.categories}
    for key, one in after.items():
        if key not in before:
            what = _("A category more under “%(parent)s”") % {"parent": say.category(one.parent)}
            yield _line(what, "", _answers(now, key, one.title, say))
            continue
        if before[key].title != one.title:
            yield _line(_("%(what)s: another name") % {"what": _("Category")}, before[key].title, one.title)
        old, new = ([line for line in each.duties if line.category == key] for each in (was, now))
        if old != new:
            what = _("Who answers for “%(category)s”") % {"category": one.title}
            yield _line(what, _answers(was, key, "", say), _answers(now, key, "", say), any(line not in new for line in old))
    for key, one in before.items():
        if key not in after:
            what = _("A category less under “%(parent)s”") % {"parent": say.category(one.parent)}
            yield _line(what, _answers(was, key, one.title, say), "", True)
    for some, others, gone in ((now, was, False), (was, now, True)):
        for hint in some.suggests:
            if hint not in others.suggests:
                said, title = "、".join(hint.words), next((one.title for one in some.categories if one.key == hint.category), "")
                what = _("Words that suggest “%(category)s”") % {"category": title}
                yield _line(what, said if gone else "", "" if gone else said, gone)


def _answers(catalogue: Catalogue, key: str, title: str, say: Speech) -> str:
    """The category with the offices that answer for it, each with its text."""
    lines = [
        f"{say.say('office', line.office).replace('{area}', '')}（{line.basis}）"
        for line in catalogue.duties
        if line.category == key
    ]
    return "：".join(part for part in (title, "；".join(lines)) if part)


def _span(span: Span | None) -> str:
    return span_words(span) if span is not None else ""


def _line(what: str, was: str, now: str, gone: bool = False) -> Line:
    return {"what": what, "was": was, "now": now, "gone": _GONE if gone else ""}
