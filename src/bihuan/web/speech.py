"""The words of a screen: what a pack calls its states, acts and clocks, and what a light and a limit are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from bihuan.ledger import clock
from bihuan.rulebook import selectors as rulebook
from bihuan.rules.clocks.reading import ENDED
from bihuan.rules.procedure.acts import OPENED
from bihuan.rules.procedure.decide import LIMIT_NEAR, LIMIT_PASSED
from bihuan.rules.procedure.migrating import MIGRATED
from bihuan.web import moments

LIGHTS = ("over", "near", "running", "paused", "met", "missed")
OPEN_LIGHTS = ("over", "near", "running", "paused")


_LIGHT_WORDS = {
    "running": pgettext_lazy("light", "on course"),
    "near": pgettext_lazy("light", "due soon"),
    "over": pgettext_lazy("light", "overdue"),
    "met": pgettext_lazy("light", "kept"),
    "missed": pgettext_lazy("light", "missed"),
    "paused": pgettext_lazy("light", "paused"),
}


BUILT_IN = {
    OPENED: pgettext_lazy("event", "begun"),
    ENDED: pgettext_lazy("event", "ended with the matter"),
    LIMIT_PASSED: pgettext_lazy("event", "a limit has passed"),
    LIMIT_NEAR: pgettext_lazy("event", "a limit comes near"),
    MIGRATED: pgettext_lazy("event", "goes on under another version of the rules"),
}
"""What the engine itself enters, where the pack has no words of its own for it."""


def light_words(light: str) -> str:
    """The word beside a light's shape on the desk."""
    return str(_LIGHT_WORDS.get(light, ""))


@dataclass(frozen=True, slots=True)
class Due:
    """A limit in words: its light, its date, the time left, and whether a counted day lies past the published years."""

    light: str
    light_words: str
    when: str
    left: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Speech:
    """Speaks for one pack in one language at one instant. Holds no rows and asks for none."""

    pack: Any
    calendar: Any
    now: datetime
    language: str

    @property
    def zone(self) -> str:
        """The place's time zone."""
        return str(self.calendar.zone)

    def say(self, *parts: str, otherwise: str = "") -> str:
        """The pack's words for a dotted key; ``otherwise`` (else the key's last part) where it has none."""
        key = ".".join(parts)
        words = self.pack.say(key, self.language)
        return words if words != key else (otherwise or parts[-1])

    def _part(self, procedure: str, kind: str) -> str:
        """The part of a pack's keys that names a procedure or one of its thread kinds."""
        return f"{procedure}.{kind}" if kind and kind != "main" else procedure

    def state(self, procedure: str, key: str, kind: str = "") -> str:
        """A state's title; ``kind`` names the thread's kind for states of a thread."""
        return self.say("state", self._part(procedure, kind), key)

    def action(self, procedure: str, key: str, title: str = "", kind: str = "") -> str:
        """An act's title, as a button says it."""
        return self.say("action", self._part(procedure, kind), key, otherwise=title)

    def need(self, procedure: str, action: str, name: str, title: str = "", kind: str = "") -> str:
        """The question a form asks for one fact."""
        return self.say("need", self._part(procedure, kind), action, name, otherwise=title or name)

    def event(self, procedure: str, key: str) -> str:
        """What happened, as a timeline says it: the pack's own words for the event, else the title of the act."""
        said = self.say("event", procedure, key, otherwise="\0")
        if said != "\0":
            return said
        spec = self.pack.procedures.get(procedure)
        if spec is not None:
            for kind, acts in (("", spec.actions), *((thread.key, thread.actions) for thread in spec.threads)):
                for act in acts:
                    if act.event == key:
                        return self.action(procedure, act.key, act.title, kind)
        return str(BUILT_IN[key]) if key in BUILT_IN else key

    def choice(self, value: str, name: str, sets: str = "", procedure: str = "") -> str:
        """A choice's title: under the fact's name, under what it sets, or in the catalogue; else the value itself."""
        groups = (("choice", name), ("choice", sets), (name,), (sets,), ("category",), ("route",), ("clock", procedure))
        for group in groups:
            if all(group):
                words = self.say(*group, value, otherwise="\0")
                if words != "\0":
                    return words
        return value

    def short_choice(self, value: str, name: str) -> str:
        """A choice's title without what stands in brackets behind it: a limit, for one, is said by the clocks."""
        return self.choice(value, name).partition("（")[0].partition(" (")[0]

    def promise(self, procedure: str, clock: str) -> str:
        """What the resident is promised by a clock's limit, in the pack's words; where it has none, an answer."""
        return self.say("promise", procedure, clock, otherwise="\0").replace("\0", _("an answer"))

    def about(self, procedure: str) -> str:
        """The question whom a case of this type must be kept from, in the pack's words; where it has none, the usual one."""
        return self.say("about", procedure, otherwise="\0").replace("\0", _("Is it about an office or somebody on duty there?"))

    def sentence(self, words: str) -> str:
        """A sentence that the pack says in Chinese (a guard's reason) in the language of this speech where it has one."""
        if self.language.startswith("zh") or not words:
            return words
        chinese = self.pack.wording.get("zh", {})
        key = next((key for key, text in chinese.items() if text == words and key.startswith("say.")), "")
        return self.pack.say(key, self.language) if key else _(words)

    def procedure(self, key: str, title: str = "") -> str:
        """A case type's title."""
        return self.say("procedure", key, otherwise=title or key)

    def happened(self, key: str) -> str:
        """What happened, where it is not known in which procedure: the first that knows the event, the usual one first."""
        for procedure in self.pack.case_types():
            if (words := self.event(procedure.key, key)) != key:
                return words
        return key

    def clock(self, procedure: str, key: str, title: str = "") -> str:
        """A clock's title; of a procedure that is not known ("") the first that has such a clock, the usual one first."""
        if not procedure:
            having = (each.key for each in self.pack.case_types() if any(clock.key == key for clock in each.clocks))
            procedure = next(having, self.pack.usual())
        return self.say("clock", procedure, key, otherwise=title)

    def category(self, key: str) -> str:
        """A category's title."""
        return self.say("category", key) if key else ""

    def post(self, key: str, title: str = "") -> str:
        """A post's title."""
        return self.say("post", key, otherwise=title) if key else title

    def posts(self, keys: Iterable[str]) -> str:
        """The titles of posts, one after the other; "" for none."""
        return _(", ").join(self.post(key) for key in keys)

    def moment(self, at: datetime | None) -> str:
        """An instant as a person says it, "" for none."""
        return moments.moment(at, self.now, self.zone) if at else ""

    def day(self, at: datetime | None) -> str:
        """The day of an instant, "" for none."""
        return moments.day(at, self.now, self.zone) if at else ""

    def told_day(self, day: date) -> str:
        """A day that somebody named: its year is said where it is not this one."""
        return moments.told_day(day, self.calendar.local(self.now).year)

    def full(self, at: datetime | None) -> str:
        """An instant for paper, "" for none."""
        return moments.full_moment(at, self.zone) if at else ""

    def left(self, due_at: datetime | None) -> str:
        """Time left until a limit, or past it."""
        return moments.left_in_words(due_at, self.now, self.calendar) if due_at else ""

    def due(self, light: str, due_at: datetime | None, *, provisional: bool = False) -> Due:
        """A limit in words. A paused clock says that it waits; one that is no longer running shows its date alone."""
        if light == "paused":
            return Due(light, light_words(light), _("clock is paused"), "")
        left = self.left(due_at) if light in ("running", "near", "over") else ""
        return Due(light, light_words(light), self.moment(due_at), left, provisional)


def speech(digest: str = "", *, language: str = "") -> Speech:
    """Speech for a pack version ("" = the one in force), in the request's language, at this instant."""
    if digest:
        pack = rulebook.pack(digest)
        calendar = rulebook.calendar_for(pack)
    else:
        pack, calendar = rulebook.in_force_now()
    return Speech(pack, calendar, clock.now(), language or get_language() or "zh-hans")


def unit_counts(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Open lights in the order of urgency with their words and counts; paused only when there are any."""
    return [(light, light_words(light), counts.get(light, 0)) for light in OPEN_LIGHTS if light != "paused" or counts.get(light)]
