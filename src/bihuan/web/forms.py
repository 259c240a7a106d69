"""A form made from what an act needs: fields with words, options and what is wrong; and the facts read back from it.

The rules have the last word on every fact (``rules.procedure.decide``); here text becomes numbers, days and instants,
and what cannot be read is said beside its field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from bihuan.files.kinds import ACCEPT
from bihuan.files.limits import ACT_BYTES, FILE_BYTES, MOST_PER_ACT
from bihuan.rules.procedure.acts import FILES
from bihuan.rules.procedure.shape import Need
from bihuan.web.dates import EVERY, Days, typed_days
from bihuan.web.requests import text, unkeepable
from bihuan.web.speech import Speech
from bihuan.web.uploads import KEPT, Uploads

PREFIX = "f-"
LINE_LIMIT = 200
RADIO_LIMIT = 6
INT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. ``hint`` stands under it (the basis of a suggested office); ``group`` heads a select's section."""

    value: str
    title: str
    hint: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form as the template draws it; ``widget`` names the partial."""

    name: str
    title: str
    widget: str
    required: bool = True
    value: Any = ""
    error: str = ""
    hint: str = ""
    max: int | None = None
    min: int | None = None
    options: tuple[Option, ...] = ()
    public: bool = False
    when: str = ""

    @property
    def input_name(self) -> str:
        """The name in the posted form."""
        return PREFIX + self.name

    @property
    def kept_name(self) -> str:
        """The name under which files that were sent before and wait are named again."""
        return KEPT + self.name

    @property
    def accept(self) -> str:
        """What a field for files offers to choose."""
        return ACCEPT

    @property
    def most(self) -> int:
        """How many files it takes."""
        return min(self.max or MOST_PER_ACT, MOST_PER_ACT)

    @property
    def each(self) -> int:
        """Bytes of one file."""
        return FILE_BYTES

    @property
    def together(self) -> int:
        """Bytes of all files of a form."""
        return ACT_BYTES

    @property
    def too_much(self) -> str:
        """What is said where more is chosen, before it is sent."""
        sizes = {"most": self.most, "size": FILE_BYTES // 1024 // 1024, "all": ACT_BYTES // 1024 // 1024}
        return _("At most %(most)s files at once, each up to %(size)s MB, together up to %(all)s MB.") % sizes

    @property
    def days(self) -> Days:
        """What a field for days was filled in with."""
        return self.value if isinstance(self.value, Days) else Days()

    @property
    def rounds(self) -> list[tuple[str, str]]:
        """How often a first day may come round."""
        said = (_("every month"), _("every three months"), _("every six months"), _("every year"))
        return list(zip(EVERY, said, strict=True))

    @property
    def suggested(self) -> bool:
        """True where some choices come with a reason and stand before all others."""
        return any(option.hint for option in self.options)

    @property
    def groups(self) -> list[tuple[str, list[Option]]]:
        """Options by their group, in order."""
        found: dict[str, list[Option]] = {}
        for option in self.options:
            found.setdefault(option.group, []).append(option)
        return list(found.items())


MANY = frozenset({"choices", "units", *FILES})
OptionsOf = Callable[[str, Need], Sequence[Option]]
WIDGETS = {
    "int": "number", "money": "number", "bool": "yesno", "date": "date", "instant": "instant",
    "dates": "dates", "choices": "checks", "units": "checks", "unit": "office", "area": "area", "file": "files", "files": "files",
    "person": "person",
}  # fmt: skip
UNSHOWN = frozenset({"case"})  # has a place of its own on the screens that ask for it
OPENING_CONTACT = "contact"
"""The person whom a case is opened for stands at the top of the form that opens it; others are asked for like any fact."""
PERSON_PARTS = ("name", "phone", "id_no", "address")


@dataclass(frozen=True, slots=True)
class Reading:
    """Facts read from a posted form, what was typed (to draw it again), and what could not be read."""

    facts: dict[str, Any]
    typed: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def fields(
    needs: Mapping[str, Need],
    speech: Speech,
    where: tuple[str, str, str],
    *,
    options: OptionsOf,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Field]:
    """The fields of an act's form, in the pack's order. ``where`` = (procedure, thread kind, action) for the pack's words."""
    typed, errors = typed or {}, errors or {}
    drawn = []
    for name, need in needs.items():
        if _stands_elsewhere(name, need):
            continue
        title = speech.need(where[0], where[2], name, need.title, where[1])
        choices = tuple(options(name, need)) if need.type in ("choice", "choices", "route", "unit", "units", "post") else ()
        drawn.append(
            Field(
                name=name,
                title=title,
                widget=_widget(need, choices),
                required=not need.optional,
                value=typed.get(name, [] if need.type in MANY else ""),
                error=errors.get(name, ""),
                hint=_hint(need),
                max=need.max,
                min=need.min,
                options=choices,
                public=need.public,
                when=_condition(need, needs),
            )
        )
    return drawn


def _widget(need: Need, choices: tuple[Option, ...]) -> str:
    if need.type == "text":
        return "line" if need.max and need.max <= LINE_LIMIT else "words"
    if need.type in ("choice", "route", "post"):
        return "radio" if len(choices) <= RADIO_LIMIT or any(option.hint for option in choices) else "select"
    return WIDGETS.get(need.type, "line")


def _condition(need: Need, needs: Mapping[str, Need]) -> str:
    """The pack's condition for the page's script: "f-outcome=reached"; several facts joined by ";"."""
    spoken = {"true": "yes", "false": "no"}
    said = []
    for name, values in need.when.facts:
        boolean = name in needs and needs[name].type == "bool"
        said.append(f"{PREFIX}{name}=" + ",".join(spoken.get(value, value) if boolean else value for value in values))
    return ";".join(said)


def _hint(need: Need) -> str:
    said = []
    if need.type in FILES:
        sizes = {"most": min(need.max or MOST_PER_ACT, MOST_PER_ACT), "size": FILE_BYTES // 1024 // 1024}
        said.append(_("photographs, PDF, Word, Excel; at most %(most)d, each up to %(size)d MB") % sizes)
        said.append(_("the place where a photograph was taken is removed"))
    if need.type == "dates":
        said.append(_("a date for each; where they are evenly apart, the first and how often it comes round are enough"))
    if need.type == "text" and need.min and need.min > 1:
        said.append(_("at least %(n)d characters") % {"n": need.min})
    if need.public:
        said.append(_("the resident sees this") if need.type in FILES else _("the resident reads this"))
    return " · ".join(said)


def read(post: QueryDict, needs: Mapping[str, Need], zone: str, uploads: Uploads | None = None) -> Reading:
    """Facts of a posted form; empty optional fields are left out. ``uploads``: the files it brought (``web.uploads``)."""
    reading, said = Reading({}, {}), _said_so_far(post, needs)
    for name, need in needs.items():
        if _stands_elsewhere(name, need):
            continue
        if need.type in FILES:
            _read_files(name, need, uploads, reading)
            continue
        if need.type == "person":
            _read_person(name, need, post, reading)
            continue
        key = PREFIX + name
        many = need.type in ("choices", "units")
        given: Any = [value for value in post.getlist(key) if value] if many else _one(post, key)
        if need.type == "dates":
            given = typed_days(post.getlist(key), text(post, f"{key}-every"), text(post, f"{key}-times"))
        reading.typed[name] = given
        if not need.when.holds(said):
            continue  # not asked in this case: what stands there is kept on the form and not sent
        if not given or given == Days():
            if not need.optional:
                reading.errors[name] = _("Please fill this in.") if need.type == "text" else _("Please choose.")
            continue
        wrong_length = _length(given, need) if need.type == "text" else ""
        if wrong_length:
            reading.errors[name] = wrong_length
            continue
        try:
            reading.facts[name] = _fact(given, need, zone)
        except ValueError:
            reading.errors[name] = _cannot_read(need)
    return reading


def _stands_elsewhere(name: str, need: Need) -> bool:
    return need.every or need.type in UNSHOWN or (need.type == "person" and name == OPENING_CONTACT)


def _read_person(name: str, need: Need, post: QueryDict, reading: Reading) -> None:
    """Who is named: at least a name; phone, number and address as far as they are known. The door keeps them in the vault."""
    given = {part: _one(post, f"{PREFIX}{name}-{part}") for part in PERSON_PARTS}
    reading.typed[name] = given
    if given["name"]:
        reading.facts[name] = given
    elif any(given.values()) or not need.optional:
        reading.errors[name] = _("Please give at least a name.")


def _read_files(name: str, need: Need, uploads: Uploads | None, reading: Reading) -> None:
    """The references of the files that came for one fact; what is wrong with the others stops the form."""
    taken = list(uploads.taken.get(name, ())) if uploads else []
    reading.typed[name] = taken
    wrong = uploads.wrong.get(name, "") if uploads else ""
    if not wrong and need.max and len(taken) > need.max:
        wrong = _("At most %(n)d files; leave some out.") % {"n": need.max}
    if not wrong and not taken and not need.optional:
        wrong = _("Please choose a file.")
    if wrong:
        reading.errors[name] = wrong
    elif taken:
        reading.facts[name] = [one.ref for one in taken] if need.type == "files" else taken[-1].ref


def _one(post: QueryDict, key: str) -> str:
    """The last value that says something: an office is a radio button or, below it, a line of a list."""
    said = [value for value in post.getlist(key) if value.strip()]
    return said[-1].replace("\r\n", "\n").replace("\r", "\n").strip() if said else ""


def _said_so_far(post: QueryDict, needs: Mapping[str, Need]) -> dict[str, Any]:
    """The other facts of the act as the pack's conditions name them ("true" and "false" for yes and no)."""
    spoken: dict[str, Any] = {name: _one(post, PREFIX + name) for name in needs}
    for name, need in needs.items():
        if need.type == "bool":
            spoken[name] = {"yes": True, "no": False}.get(spoken[name])
    return spoken


def _length(given: str, need: Need) -> str:
    """What is wrong with the length of a text: said together with all else that is wrong, not one after the other."""
    if need.min and len(given) < need.min:
        return _("At least %(n)d characters.") % {"n": need.min}
    if need.max and len(given) > need.max:
        return _("At most %(n)d characters.") % {"n": need.max}
    return ""


def _cannot_read(need: Need) -> str:
    if need.type in ("int", "money"):
        return _("Please give a whole number.")
    if need.type in ("date", "instant"):
        return _("This is not a date.")
    if need.type == "dates":
        return _("Please give a date for each; where the first comes round, how often and how many times.")
    if need.type == "text":
        return _("This text holds characters that cannot be kept; please type it again.")
    return _("Please choose one of the list.")


def _fact(given: Any, need: Need, zone: str) -> Any:
    if need.type == "text":
        if unkeepable(given):
            raise ValueError(need.type)
        return given
    if need.type in ("int", "money", "unit"):
        return _number(given)
    if need.type == "units":
        return [_number(one) for one in given]
    if need.type == "bool":
        if given not in ("yes", "no"):
            raise ValueError(given)
        return given == "yes"
    if need.type == "date":
        return date.fromisoformat(given).isoformat()
    if need.type == "dates":
        return list(given.listed())
    if need.type == "instant":
        return datetime.fromisoformat(given).replace(tzinfo=ZoneInfo(zone)).isoformat()
    return given


def _number(given: str) -> int:
    digits = given.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > INT_DIGITS:
        raise ValueError(given)
    return int(given)
