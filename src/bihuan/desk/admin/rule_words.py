"""What a pack contains in ordinary sentences: who holds a stage, who does what under which conditions, when a clock runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.rules.clocks.shape import ClockSpec, Limit
from bihuan.rules.procedure.shape import (
    BEFORE,
    NEXT_ON_LADDER,
    STAY,
    Action,
    Guard,
    HolderSpec,
    Need,
    Procedure,
    State,
    ThreadSpec,
)
from bihuan.rules.terms import Span, Where
from bihuan.web.speech import Speech

MAIN = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table of rules; ``parts`` are its cells, each a list of sentences."""

    title: str
    parts: tuple[tuple[str, ...], ...]
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The main line of a procedure or one line of work beside it, as three tables."""

    title: str
    opened: str
    states: tuple[Line, ...]
    actions: tuple[Line, ...]
    clocks: tuple[Line, ...]


def span_words(span: Span) -> str:
    """A length of time."""
    n = {"n": span.n}
    return {
        "working_day": ngettext("%(n)d working day", "%(n)d working days", span.n) % n,
        "calendar_day": ngettext("%(n)d day", "%(n)d days", span.n) % n,
        "month": ngettext("%(n)d month", "%(n)d months", span.n) % n,
        "working_hour": ngettext("%(n)d office hour", "%(n)d office hours", span.n) % n,
        "hour": ngettext("%(n)d hour", "%(n)d hours", span.n) % n,
    }[span.unit]


def confidence_words(level: str) -> str:
    """How sure a source is."""
    known = {
        "A": _("read in the law itself"),
        "B": _("from an official page"),
        "C": _("from a second-hand source"),
        "M": _("from practice: a setting of this place"),
    }
    return known.get(level, "")


class RuleWords:
    """Says one procedure of one pack in the language of a speech."""

    def __init__(self, say: Speech, procedure: Procedure) -> None:
        self.say, self.procedure = say, procedure

    # -- names ------------------------------------------------------------------------------------------------------------

    def _state(self, key: str, kind: str) -> str:
        return self.say.state(self.procedure.key, key, kind)

    def _events(self, kinds: Iterable[str]) -> str:
        return _(", ").join(f"“{self.say.event(self.procedure.key, kind)}”" for kind in kinds)

    def _fact(self, name: str) -> str:
        """The question that asks for a fact, without what stands in brackets behind it."""
        for act in (*self.procedure.actions, *(one for thread in self.procedure.threads for one in thread.actions)):
            if name in act.needs:
                need = act.needs[name]
                return self.say.need(self.procedure.key, act.key, name, need.title).partition("（")[0].partition(" (")[0]
        return name

    def condition(self, where: Where) -> str:
        """A condition on facts, "" for none."""
        said = []
        for name, values in where.facts:
            words = [self.say.short_choice(value, name) for value in values]
            said.append(_("%(fact)s: %(values)s") % {"fact": self._fact(name), "values": _(" or ").join(words)})
        return _("; ").join(said)

    def _who(self, key: str) -> str:
        known = {"holder": _("whoever holds it"), "resident": _("the resident"), "system": _("the system by itself")}
        where, _dot, post = key.rpartition(".")
        sat = {"centre": _("%(post)s of the matter's centre"), "above": _("%(post)s of a level above it")}
        return known.get(key) or (sat[where] % {"post": self.say.post(post)} if where in sat else self.say.post(key))

    def holder(self, spec: HolderSpec | None) -> str:
        """Who holds a stage."""
        if spec is None:
            return ""
        post = self.say.post(spec.post) if spec.post else ""
        if spec.at:
            level = self.say.pack.level(spec.at)
            where = _("the matter's centre") if level is None else _("its %(level)s") % {"level": level.title}
            return _("%(post)s of %(where)s") % {"post": post, "where": where}
        if spec.fact:
            return _("%(post)s of the office it was given to") % {"post": post} if post else _("the office it was given to")
        if spec.item:
            return _("%(post)s of the office that was called") % {"post": post} if post else _("the office that was called")
        if spec.superior_of:
            return _("the unit above whoever did %(event)s") % {"event": self._events([spec.superior_of])}
        return _("whoever held it before") if spec.keep else _("nobody: it goes on elsewhere")

    # -- tables -----------------------------------------------------------------------------------------------------------

    def parts(self) -> list[Part]:
        """The main line and what runs beside it."""
        spec = self.procedure
        found = [self._part("", MAIN, spec.states, spec.actions, spec.clocks)]
        return found + [self._thread(one) for one in spec.threads if not one.approves]

    def _thread(self, spec: ThreadSpec) -> Part:
        opened = _("begins with “%(act)s”") % {"act": self.say.action(self.procedure.key, spec.opened_by)}
        title = self.say.say("thread", self.procedure.key, spec.key, otherwise=spec.title)
        part = self._part(title, spec.key, spec.states, spec.actions, spec.clocks)
        return Part(title, opened, part.states, part.actions, part.clocks)

    def _part(self, title: str, kind: str, states: Sequence[State], acts: Sequence[Action], clocks: Sequence[ClockSpec]) -> Part:
        return Part(
            title,
            "",
            tuple(self._state_line(one, kind) for one in states),
            tuple(self._action_line(one, kind) for one in acts),
            tuple(self._clock_line(one) for one in clocks),
        )

    def _state_line(self, state: State, kind: str) -> Line:
        said = [self.holder(state.holder)] if state.holder else []
        if state.final:
            said.append(_("the matter ends here"))
        if state.reopens:
            again = {
                "span": span_words(state.reopens.within), "n": state.reopens.times,
                "state": self._state(state.reopens.to, kind),
            }  # fmt: skip
            said.append(_("can go back to “%(state)s” within %(span)s, %(n)d times at most") % again)
        return Line(self._state(state.key, kind), (tuple(said),))

    def _action_line(self, act: Action, kind: str) -> Line:
        origin = _("at any stage until it ends") if self._anywhere(act, kind) else self._names(act.from_, kind)
        leads = (
            _("from %(from)s to %(to)s") % {"from": origin, "to": self._target(act, kind)} if origin else self._target(act, kind)
        )
        who = tuple(self._who(one) for one in act.who)
        return Line(
            self.say.action(self.procedure.key, act.key, act.title, kind),
            ((leads,), who, self._asked(act, kind), self._conditions(act)),
            act.source,
            confidence_words(act.confidence),
        )

    def _anywhere(self, act: Action, kind: str) -> bool:
        states = self.procedure.states if not kind else next(t.states for t in self.procedure.threads if t.key == kind)
        running = [state.key for state in states if not state.final]
        return len(running) > 2 and set(running) <= set(act.from_)

    def _names(self, keys: Iterable[str], kind: str) -> str:
        return _(", ").join(f"“{self._state(key, kind)}”" for key in keys)

    def _target(self, act: Action, kind: str) -> str:
        fixed = {"": _("the same stage"), STAY: _("the same stage"), BEFORE: _("the stage before"),
                 NEXT_ON_LADDER: _("the next step up")}  # fmt: skip
        if act.to.fact:
            ways = [
                _("“%(state)s” when %(values)s")
                % {"state": self._state(state, kind) if state not in fixed else fixed[state],
                   "values": self.say.short_choice(value, act.to.fact)}
                for value, state in act.to.by_value.items()
            ]  # fmt: skip
            return _("; ").join(ways)
        return fixed.get(act.to.state) or f"“{self._state(act.to.state, kind)}”"

    def _asked(self, act: Action, kind: str) -> tuple[str, ...]:
        return tuple(self._need(act, name, need, kind) for name, need in act.needs.items())

    def _need(self, act: Action, name: str, need: Need, kind: str) -> str:
        title = self.say.need(self.procedure.key, act.key, name, need.title, kind)
        if need.when.facts:
            return _("%(fact)s (only when %(where)s)") % {"fact": title, "where": self.condition(need.when)}
        return _("%(fact)s (if there is one)") % {"fact": title} if need.optional else title

    def _conditions(self, act: Action) -> tuple[str, ...]:
        said = [self._guard(one) for one in act.guards]
        if act.approve:
            asked = {"who": _(", ").join(self._who(one) for one in act.approve.who)}
            said.append(_("takes effect when %(who)s has approved it") % asked)
            if act.approve.within:
                silent = _("granted") if act.approve.silence == "granted" else _("refused")
                said.append(
                    _("not decided within %(span)s counts as %(silence)s")
                    % {"span": span_words(act.approve.within), "silence": silent}
                )
        if act.automatic:
            said.append(self._automatic(act))
        if act.optional:
            said.append(_("a place may leave this out"))
        return tuple(one for one in said if one)

    def _guard(self, guard: Guard) -> str:
        if guard.say:
            return _("else: “%(say)s”") % {"say": self.say.sentence(guard.say)}
        if guard.not_the_one_who:
            return _("not by whoever did %(events)s") % {"events": self._events(guard.not_the_one_who)}
        if guard.count:
            return _("counted: %(events)s") % {"events": self._events([guard.count])}
        return ""

    def _automatic(self, act: Action) -> str:
        waits = act.automatic
        if waits is None:
            return ""
        if waits.date_fact:
            return _("by itself on the day “%(fact)s”") % {"fact": self._fact(waits.date_fact)}
        if waits.clock_red:
            clocks = _(", ").join(self._clock(key) for key in waits.clock_red)
            return _("by itself when the limit of %(clocks)s has passed") % {"clocks": clocks}
        count = waits.count
        if count is None:
            return ""
        n = count.min if count.min is not None else count.equals or 1
        said = {"n": n, "event": self._events([count.count]), "where": self.condition(count.where)}
        if count.where.facts:
            return ngettext(
                "by itself after %(event)s (%(where)s) %(n)d time", "by itself after %(event)s (%(where)s) %(n)d times", n
            ) % said  # fmt: skip
        return ngettext("by itself after %(event)s %(n)d time", "by itself after %(event)s %(n)d times", n) % said

    def _clock(self, key: str) -> str:
        """A clock's name, of the main line or of what runs beside it."""
        kinds = [one.key for one in self.procedure.threads if any(clock.key == key for clock in one.clocks)]
        main = any(clock.key == key for clock in self.procedure.clocks)
        return self.say.clock(self.procedure.key if main or not kinds else f"{self.procedure.key}.{kinds[0]}", key)

    # -- clocks -----------------------------------------------------------------------------------------------------------

    def _clock_line(self, clock: ClockSpec) -> Line:
        runs = [_("starts with %(events)s") % {"events": self._events(clock.starts)}]
        if clock.stops:
            runs.append(_("stops with %(events)s") % {"events": self._events(clock.stops)})
        for begins, ends in _pairs(clock.pauses):
            runs.append(
                _("pauses from %(begins)s to %(ends)s") % {"begins": self._events([begins]), "ends": self._events([ends])}
            )
        if clock.restarts:
            runs.append(_("begins anew with %(events)s") % {"events": self._events(clock.restarts)})
        if clock.extends:
            runs.append(_("is extended by %(events)s") % {"events": self._events(clock.extends)})
        if clock.every:
            runs.append(_("again every %(span)s, answered by %(events)s")
                        % {"span": span_words(clock.every), "events": self._events(clock.marks)})  # fmt: skip
        charged = {"holder": _("whoever holds it then"), "nobody": _("nobody: no light")}.get(clock.charges)
        return Line(
            self.say.clock(
                f"{self.procedure.key}.{clock.thread}" if clock.thread else self.procedure.key, clock.key, clock.title
            ),
            (tuple(self._limit(one) for one in clock.limits), tuple(runs), (charged or self.say.post(clock.charges),)),
            clock.source,
            confidence_words(clock.confidence),
        )

    def _limit(self, limit: Limit) -> str:
        length = span_words(limit.span) if limit.span else _("the day “%(fact)s”") % {"fact": self._fact(limit.fact)}
        if not limit.where.facts:
            return length
        return _("%(length)s when %(where)s") % {"length": length, "where": self.condition(limit.where)}


def _pairs(pauses: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(pauses.items())
