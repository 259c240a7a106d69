"""procedures/*.toml to the frozen ``Procedure`` of the rules: states, actions, threads and clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bihuan.packs import written as w
from bihuan.packs.approvals import approval_thread
from bihuan.packs.reading import Place, Reading
from bihuan.packs.shape import Grade, Lights, Service
from bihuan.packs.source import Source, Where
from bihuan.rules.clocks.shape import ClockSpec, Earliest, Limit
from bihuan.rules.procedure import shape as rules
from bihuan.rules.terms import Span
from bihuan.rules.terms import Where as Condition

OPEN = "@open"
TABLES = frozenset({"procedure", "state", "action", "thread", "clock"})


@dataclass(frozen=True, slots=True)
class Lists:
    """What ``of = "@category"`` and its like stand for, which posts sit in a centre, and the pack's own ambers."""

    of: Mapping[str, tuple[str, ...]]
    centre_posts: frozenset[str]
    lights: Lights
    grades: tuple[Grade, ...] = ()
    services: tuple[Service, ...] = ()

    def holder(self, table: w.HolderT | None) -> rules.HolderSpec | None:
        """``holder``; ``grade = true`` is the handler that each grade of the catalogue names."""
        spec = holder(table)
        if spec is None or table is None or not table.grade:
            return spec
        return replace(spec, by_grade={grade.key: grade.handler for grade in self.grades})


def span(table: w.SpanT | None) -> Span | None:
    """``{n, unit}`` as a Span."""
    return Span(table.n, table.unit) if table else None


def condition(written: w.Conditions) -> Condition:
    """``where`` as a Where: every value becomes the list of texts it may equal."""
    return Condition(
        tuple((name, tuple(value) if isinstance(value, list) else (_text(value),)) for name, value in written.items())
    )


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def holder(table: w.HolderT | None) -> rules.HolderSpec | None:
    """``holder`` as a HolderSpec; which fields may stand together is proof 1's matter."""
    if table is None:
        return None
    return rules.HolderSpec(
        post=table.post,
        at=table.at,
        fact=table.fact,
        keep=table.keep,
        superior_of=table.superior_of,
        item=table.item,
        nobody=table.nobody,
        in_kind=dict(table.in_kind),
    )


class ProcedureBuilder:
    """Builds one file's procedure; every fault goes to the reading."""

    def __init__(self, source: Source, reading: Reading, lists: Lists) -> None:
        """Work on one source with the lists of its pack."""
        self.source, self.reading, self.lists = source, reading, lists
        clocks = source.data.get("clock", [])
        keys = tuple(str(clock.get("key", "")) for clock in clocks if isinstance(clock, dict))
        self.of = {**lists.of, "@clock": keys}

    def build(self) -> rules.Procedure | None:
        """The procedure, or None when its head cannot be read."""
        data = self.source.data
        for name in sorted(set(data) - TABLES):
            self.reading.fault(self.source, (name,), f"a procedure has no table {name!r}; known: {sorted(TABLES)}")
        head = self.reading.table(self.source, ("procedure",), data.get("procedure", {}), w.ProcedureT)
        if head is None:
            return None
        self.reading.put((head.key, "procedure"), self.source, ("procedure",))
        place: Place = (head.key,)
        actions = self.actions(place, (), data.get("action", []))
        threads = tuple(
            self.thread(head.key, path, table)
            for path, table in self.reading.tables(self.source, ("thread",), data.get("thread", []), w.ThreadT)
        )
        states = self.states(place, (), data.get("state", []))
        asked = tuple(approval_thread(action, self.lists.centre_posts) for action in actions if action.approve)
        for action in actions:
            if action.approve:
                self.reading.places[(head.key, "thread", f"ask_{action.key}")] = self.reading.places[
                    (head.key, "action", action.key)
                ]
        return rules.Procedure(
            key=head.key,
            title=head.title,
            family=head.family,
            start_action=head.start.action,
            start_state=head.start.state,
            starts_in=dict(head.start.state_in),
            ladder=tuple(head.ladder),
            states=states,
            actions=actions,
            threads=threads + asked,
            clocks=self.clocks(place, (), data.get("clock", []), ""),
        )

    def states(self, place: Place, under: Where, data: Any) -> tuple[rules.State, ...]:
        """``[[state]]`` or ``[[thread.state]]``."""
        found = []
        for path, table in self.reading.tables(self.source, (*under, "state"), data, w.StateT):
            self.reading.put((*place, "state", table.key), self.source, path)
            reopens = table.reopens and rules.Reopens(
                to=table.reopens.to,
                within=Span(table.reopens.within.n, table.reopens.within.unit),
                times=table.reopens.times,
            )
            found.append(
                rules.State(
                    key=table.key,
                    title=table.title,
                    final=table.final,
                    holder=self.lists.holder(table.holder),
                    reopens=reopens or None,
                )
            )
        return tuple(found)

    def actions(self, place: Place, under: Where, data: Any) -> tuple[rules.Action, ...]:
        """``[[action]]`` or ``[[thread.action]]``. Without ``event`` the event is named as the action."""
        found = []
        for path, table in self.reading.tables(self.source, (*under, "action"), data, w.ActionT):
            self.reading.put((*place, "action", table.key), self.source, path)
            default_who = ("system",) if table.automatic else ("holder",)
            found.append(
                rules.Action(
                    key=table.key,
                    title=table.title,
                    from_=self.origins(under, table),
                    to=_to(table.to),
                    who=tuple(table.who) or default_who,
                    who_of=self.lists.holder(table.who_of),
                    needs={name: self.need(path, name, need) for name, need in table.needs.items()},
                    guards=tuple(self.guard((*path, "guard"), guard) for guard in table.guard),
                    approve=_approve(table.approve),
                    automatic=self.automatic((*path, "automatic"), table.automatic),
                    event=table.event or table.key,
                    source=table.source,
                    confidence=table.confidence,
                    optional=table.optional,
                    primary=table.primary,
                    says=table.says,
                    pair=_pair(table.pair),
                    many=table.many,
                    holder_in=self.kinds((*path, "holder_in"), table.holder_in),
                    centre=table.centre,
                    takes=table.takes,
                    about=table.about,
                    grades=self.grades(path, table),
                )
            )
        return tuple(found)

    def grades(self, path: Where, table: w.ActionT) -> tuple[rules.GradeRule, ...]:
        """``grades = true``: by the catalogue's grades, gravest first."""
        if not table.grades:
            return ()
        if not self.lists.grades:
            self.reading.fault(self.source, (*path, "grades"), "the catalogue has no [[grade]] by which this act could grade")
        return tuple(rules.GradeRule(key=grade.key, when=grade.when) for grade in self.lists.grades)

    def origins(self, under: Where, table: w.ActionT) -> tuple[str, ...]:
        """``from``; ``"@open"`` stands for every state of the same part that is not final."""
        part = self.source.data if not under else self.source.data["thread"][under[-1]]
        written = [state for state in part.get("state", []) if isinstance(state, dict)]
        still = [str(state.get("key", "")) for state in written if not state.get("final")]
        found = [key for name in table.from_ for key in (still if name == OPEN else [name])]
        return tuple(dict.fromkeys(found))

    def kinds(self, path: Where, written: list[str]) -> tuple[str, ...]:
        """Kinds of units; "@assignable" stands for those that may be main office."""
        found: list[str] = []
        for value in written:
            if value.startswith("@") and value not in self.of:
                self.reading.fault(self.source, path, f"no list {value!r}; there are: {', '.join(sorted(self.of))}")
            found.extend(self.of.get(value, ()) if value.startswith("@") else (value,))
        return tuple(found)

    def need(self, path: Where, name: str, table: w.NeedT) -> rules.Need:
        """One fact an action asks for; ``of = "@category"`` becomes the keys themselves."""
        of = [table.of] if isinstance(table.of, str) else table.of
        values: list[str] = []
        for value in of:
            if value.startswith("@"):
                if value not in self.of:
                    known = ", ".join(sorted(self.of))
                    self.reading.fault(self.source, (*path, "needs", name), f"no list {value!r}; there are: {known}")
                values.extend(self.of.get(value, ()))
            else:
                values.append(value)
        if table.type == "route" and not values:
            values.extend(self.of.get("@route", ()))
        return rules.Need(
            type=table.type,
            title=table.title,
            optional=table.optional,
            min=table.min,
            max=table.max,
            of=tuple(values),
            future=table.future,
            past=table.past,
            latest=span(table.latest),
            public=table.public,
            public_on=table.public_on,
            sets=table.sets,
            when=condition(table.when),
            of_centre=table.of_centre,
            other=table.other,
            informed=table.informed,
            every=table.every,
        )

    def guard(self, path: Where, table: w.GuardT) -> rules.Guard:
        """One guard; two families in one entry, or none, is a fault."""
        families = [
            name
            for name, given in (
                ("count", table.count),
                ("not_the_one_who", table.not_the_one_who),
                ("clock", table.clock),
                ("within", table.within),
                ("threads", table.threads),
                ("fact", table.fact),
                ("grade", table.grade),
                ("differ", table.differ),
            )
            if given
        ]
        if len(families) != 1:
            self.reading.fault(self.source, path, f"a guard is exactly one condition; this one has {families or 'none'}")
        who = table.not_the_one_who
        states = [name for name in ("not_red", "red", "not_stopped") if getattr(table, name)]
        return rules.Guard(
            say=table.say,
            count=table.count,
            where=condition(table.where),
            since=table.since,
            min=table.min,
            max_before=table.max_before,
            equals=table.equals,
            not_the_one_who=(who,) if isinstance(who, str) else tuple(who),
            as_unit=table.as_ == "unit",
            clock=table.clock,
            clock_is=states[0] if states else "",
            after=table.within.after if table.within else "",
            within=Span(table.within.n, table.within.unit) if table.within else None,
            threads=table.threads,
            all_in=tuple(table.all_in),
            any_in=tuple(table.any_in),
            none_open=table.none_open,
            fact=table.fact,
            known=table.known,
            grade=table.grade,
            in_=tuple(table.in_),
            distinct=table.distinct,
            differ=tuple(table.differ),
        )

    def automatic(self, path: Where, table: w.AutomaticT | None) -> rules.Automatic | None:
        """When the system acts by itself; exactly one of count, date_fact, clock_red, avoided."""
        if table is None:
            return None
        if sum(map(bool, (table.count, table.date_fact, table.clock_red, table.avoided))) != 1:
            self.reading.fault(self.source, path, "automatic is exactly one of count, date_fact, clock_red, avoided")
        count = None
        if table.count:
            count = rules.Guard(
                count=table.count,
                where=condition(table.where),
                since=table.since,
                min=table.min,
                equals=table.equals,
                distinct=table.distinct,
            )
        return rules.Automatic(count=count, date_fact=table.date_fact, clock_red=tuple(table.clock_red), avoided=table.avoided)

    def thread(self, key: str, path: Where, table: w.ThreadT) -> rules.ThreadSpec:
        """``[[thread]]`` with its own states, actions and clocks."""
        self.reading.put((key, "thread", table.key), self.source, path)
        place: Place = (key, "thread", table.key)
        data = self.source.data["thread"][path[-1]]
        by = table.opened_by.action
        openers = [by] if isinstance(by, str) else by
        if not openers:
            self.reading.fault(self.source, (*path, "opened_by"), "name the action that opens it")
        return rules.ThreadSpec(
            key=table.key,
            title=table.title,
            opened_by=openers[0] if openers else "",
            also_by=tuple(openers[1:]),
            one_for_each=table.opened_by.one_for_each,
            numbered=table.opened_by.numbered,
            start=table.start,
            states=self.states(place, path, data.get("state", [])),
            actions=self.actions(place, path, data.get("action", [])),
            clocks=self.clocks(place, path, data.get("clock", []), table.key),
        )

    def clocks(self, place: Place, under: Where, data: Any, thread: str) -> tuple[ClockSpec, ...]:
        """``[[clock]]`` or ``[[thread.clock]]``."""
        found = []
        for path, table in self.reading.tables(self.source, (*under, "clock"), data, w.ClockT):
            self.reading.put((*place, "clock", table.key), self.source, path)
            if isinstance(table.restarts, dict) and set(table.restarts.values()) - {"new"}:
                self.reading.fault(self.source, (*path, "restarts"), 'an event restarts a clock only as "new"')
            found.append(
                ClockSpec(
                    key=table.key,
                    title=table.title,
                    charges=table.charges,
                    thread=thread,
                    starts=tuple(table.starts),
                    stops=tuple(table.stops),
                    pauses=table.pauses,
                    ends_pause=tuple(table.ends_pause),
                    resumes_after=table.resumes_after,
                    restarts=tuple(table.restarts),
                    extends=table.extends,
                    limits=self.limits(path, table),
                    every=span(table.every),
                    amber=span(table.amber.before) if table.amber else None,
                    marks=tuple(table.marks),
                    takes_back=table.takes_back,
                    since=table.since,
                    earliest=_earliest(table),
                    promise=table.promise,
                    source=table.source,
                    confidence=table.confidence,
                )
            )
        return tuple(found)

    def limits(self, path: Where, table: w.ClockT) -> tuple[Limit, ...]:
        """``limit`` or ``limits``; each a span or the fact that holds the date."""
        if (table.limit is None) == (not table.limits) and table.every is None:
            self.reading.fault(self.source, path, "a clock has either limit or limits")
        found = []
        if table.every and table.limit is None and not table.limits:
            return (
                Limit(
                    span=span(table.every),
                    key=table.key,
                    amber=self.amber(table, w.LimitT(), span(table.every)),
                    remind=self.lists.lights.remind_for(span(table.every)),
                ),
            )
        for index, limit in enumerate([table.limit] if table.limit else table.limits):
            if limit.by:
                found += self.limits_by(limit, (*path, "limits", index), table)
                continue
            spanned = limit.n is not None and limit.unit != ""
            if spanned == bool(limit.fact):
                message = "a limit is either n with unit, or fact (the date or instant it names)"
                self.reading.fault(self.source, (*path, "limits", index), message)
            given = Span(limit.n, limit.unit) if limit.n is not None and limit.unit else None
            amber = self.amber(table, limit, given)
            remind = self.lists.lights.remind_for(given)
            found.append(
                Limit(where=condition(limit.where), span=given, fact=limit.fact, key=limit.key, amber=amber, remind=remind)
            )
        return tuple(found)

    def limits_by(self, limit: w.LimitT, path: Where, clock: w.ClockT) -> list[Limit]:
        """A limit for each length of time that errands name: it holds where the fact names one of those errands."""
        if limit.n is not None or limit.unit or limit.fact or limit.where:
            self.reading.fault(self.source, path, "by takes the time from the errands: nothing else stands beside it")
        by_length: dict[Span, list[str]] = {}
        for service in self.lists.services:
            if service.within:
                by_length.setdefault(service.within, []).append(service.key)
        return [
            Limit(
                where=Condition(((limit.by, tuple(keys)),)),
                span=length,
                key="",
                amber=self.amber(clock, limit, length),
                remind=self.lists.lights.remind_for(length),
            )
            for length, keys in by_length.items()
        ]

    def amber(self, clock: w.ClockT, limit: w.LimitT, length: Span | None) -> Span | None:
        """The limit's own amber, else the clock's, else the pack's for limits of that length."""
        written = limit.amber or clock.amber
        return span(written.before) if written else self.lists.lights.amber_for(length)


def _pair(table: w.PairT | None) -> rules.Pair | None:
    return rules.Pair(act=table.act, fact=table.fact, link=table.link, unlink=table.unlink) if table else None


def _earliest(table: w.ClockT) -> Earliest | None:
    """What merged matters bring along; without ``of`` the limit of the clock of the same name."""
    one = table.earliest
    if one is None:
        return None
    return Earliest(event=one.event, fact=one.fact, item=one.item, until=one.until, of=tuple(one.of) or (table.key,))


def _to(written: str | dict[str, str]) -> rules.To:
    """``to``: a state, or a fact with the state for each of its values."""
    if isinstance(written, str):
        return rules.To(state=written)
    by_value = {value: state for value, state in written.items() if value != "fact"}
    return rules.To(fact=written.get("fact", ""), by_value=by_value)


def _approve(table: w.ApproveT | None) -> rules.Approval | None:
    if table is None:
        return None
    return rules.Approval(
        who=tuple(table.who), not_the_one_who=table.not_the_one_who, within=span(table.within), silence=table.silence
    )
