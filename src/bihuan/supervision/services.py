"""Writing letters: drafted from the outbox, changed and signed by the leader, numbered at signing, void with its number used."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases.asking import check_storable
from bihuan.cases.named import all_named_in
from bihuan.cases.words import plain
from bihuan.cases.words_kept import words_left
from bihuan.ledger import clock
from bihuan.ledger.services import OutboxRow, post_out, record
from bihuan.packs.shape import Pack
from bihuan.rulebook.numbering import draw
from bihuan.rulebook.selectors import calendar_for
from bihuan.rulebook.selectors import pack as pack_of
from bihuan.rules.calendar import Calendar
from bihuan.rules.scope import Duty
from bihuan.rules.terms import Span
from bihuan.supervision import scope
from bihuan.supervision.errors import Conflict, NotFound, Refused
from bihuan.supervision.models import Circular, CircularLine, Letter, LetterLine
from bihuan.supervision.shapes import DRAFTED, SETTLED, SIGNED, VOID, LetterChange, Occasion
from bihuan.vault.free_text import hide, hide_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bihuan.access.actors import Actor

NUMBER = "supervision"
"""The pack's key of the letters' number."""
LETTER_SIGNED, LETTER_VOIDED, LETTER_DRAFTED = "letter.signed", "letter.voided", "letter.drafted"
"""Topics of the outbox: the cases' lines are opened or withdrawn through the door by the worker, readers are told."""
ANSWER_WITHIN = Span(3, "working_day")
"""How long an office has where neither the leader sets a date nor the pack says it for the grade."""
OPENING_MAX, SUMMARY_MAX, REASON_MAX = 2000, 120, 300


def stream_of(letter_id: int) -> str:
    """The name of a letter's stream in the ledger."""
    return f"letter:{letter_id}"


# -- drafting ---------------------------------------------------------------------------------------------------------


def draft(occasion: Occasion) -> int:
    """Put a matter into the open draft of its issuer, unit and grade, or begin one; the letter's id, 0 when it stands in one.

    May be called again for the same occasion: nothing is written then. A letter that is signed meanwhile takes nothing more.
    """
    now = clock.now()
    with transaction.atomic():
        if LetterLine.objects.filter(ref=occasion.ref).exists():
            return 0
        open_one = Letter.objects.select_for_update().filter(
            issuer_id=occasion.issuer, unit_id=occasion.unit, grade=occasion.grade, state=DRAFTED
        )
        letter = open_one.first()
        if letter is None:
            letter = Letter(
                issuer_id=occasion.issuer, unit_id=occasion.unit, grade=occasion.grade, drafted_at=now,
                is_demo=occasion.is_demo,
            )  # fmt: skip
            Letter.objects.bulk_create([letter], ignore_conflicts=True)  # another worker may have begun it this instant
            letter = open_one.get()
            record(stream_of(letter.pk), "letter_drafted", facts={"unit": occasion.unit, "grade": occasion.grade})
            post_out([OutboxRow(LETTER_DRAFTED, {"letter": letter.pk})])
        line = LetterLine(
            letter_id=letter.pk, case_id=occasion.case_id, number=occasion.number, clock=occasion.clock,
            due_at=occasion.due_at, summary=_masked(occasion.summary)[:SUMMARY_MAX], ref=occasion.ref,
        )  # fmt: skip
        LetterLine.objects.bulk_create([line], ignore_conflicts=True)
        return int(letter.pk)


def _masked(text: str, names: Sequence[str] = ()) -> str:
    """The text on one line, phone- and identity-shaped strings and the names of the people of its matters masked."""
    return hide(hide_names(" ".join(plain(text).split()), names))[0]


# -- the leader -------------------------------------------------------------------------------------------------------


def change(actor: Actor, letter_id: int, wanted: LetterChange, *, seen: int) -> int:
    """Change a draft: words, date, summaries, matters taken off or put back; the new version. By leader or clerk.

    Raises NotFound, Refused (bad text, a date that has passed, no longer a draft), Conflict (somebody was faster).
    """
    _check(wanted)
    now = clock.now()
    with transaction.atomic(durable=True):
        letter = _locked(actor, letter_id, Duty.LETTER_SIGN, Duty.LETTER_DRAFT)
        _still(letter, (DRAFTED,), seen)
        left = _changed(letter, wanted)
        _future(letter.answer_by, _calendar(actor), now)
        version = int(letter.version) + 1
        Letter.objects.filter(pk=letter_id).update(opening=letter.opening, answer_by=letter.answer_by, version=version)
        record(stream_of(letter_id), "letter_changed", by=actor.doer(), at=now, facts={"lines": left, "version": version})
    return version


def _changed(letter: Letter, wanted: LetterChange | None) -> int:
    """Write the changed lines and set the letter's words; how many matters are left on it.

    Two statements; up to four more to know the names of the people of its matters, which stand masked in every line of it.
    """
    lines = list(LetterLine.objects.filter(letter_id=letter.pk))
    if wanted is not None:
        written = "\n".join((wanted.opening, *wanted.summaries.values()))
        names = all_named_in(written, [line.case_id for line in lines])
        for line in lines:
            line.summary = _masked(wanted.summaries.get(line.pk, line.summary), names)
            if line.pk in wanted.summaries or line.pk in wanted.removed:  # a matter out of the writer's sight stays as it is
                line.removed = line.pk in wanted.removed
        LetterLine.objects.bulk_update(lines, ["summary", "removed"])
        letter.opening = hide(hide_names(plain(wanted.opening), names))[0]
        letter.answer_by = wanted.answer_by
    return sum(not line.removed for line in lines)


def _future(answer_by: date | None, calendar: Calendar, now: datetime) -> None:
    if answer_by is not None and answer_by <= calendar.local(now).date():
        raise Refused("bad_fact", _("The date to answer by must lie in the future."), "answer_by")


def _check(wanted: LetterChange) -> None:
    texts = {"opening": wanted.opening, **{f"summary-{pk}": text for pk, text in wanted.summaries.items()}}
    check_storable(texts)
    for name, text in texts.items():
        longest = OPENING_MAX if name == "opening" else SUMMARY_MAX
        if len(text) > longest:
            raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": longest}, name)


def sign(actor: Actor, letter_id: int, *, seen: int, wanted: LetterChange | None = None) -> str:
    """Sign a draft, as changed by ``wanted``: it gets its issuer's next number, without a gap, in this transaction.

    Gives the number; signing again what the same leader has signed gives the same one. Raises NotFound, Refused (bad text,
    nothing left on it), Conflict (somebody else signed it, or it was changed since it was looked at).
    """
    _check(wanted or LetterChange())
    now = clock.now()
    with transaction.atomic(durable=True):
        letter = _locked(actor, letter_id)
        if letter.state == SIGNED and letter.signed_by == actor.account:
            return str(letter.number)
        _still(letter, (DRAFTED,), seen)
        if not _changed(letter, wanted):
            raise Refused("guard", _("No matter is left on this letter: put one back, or declare it void."))
        pack, calendar = pack_of(actor.pack_digest), _calendar(actor)
        answer_by = letter.answer_by or calendar.local(answer_due(letter.grade, pack, calendar, now)).date()
        _future(answer_by, calendar, now)
        number = draw(NUMBER, pack=pack, calendar=calendar, unit=actor.unit, unit_name=actor.unit_name, at=now)
        Letter.objects.filter(pk=letter_id).update(
            state=SIGNED, number=number, opening=letter.opening, answer_by=answer_by, signed_at=now, signed_by=actor.account,
            version=letter.version + 1,
        )  # fmt: skip
        record(
            stream_of(letter_id), "letter_signed", by=actor.doer(), at=now,
            facts={"unit": letter.unit_id, "grade": letter.grade, "answer_by": answer_by.isoformat(), "number": number},
        )  # fmt: skip
        post_out([OutboxRow(LETTER_SIGNED, {"letter": letter_id})], at=now)
    return number


def declare_void(actor: Actor, letter_id: int, *, reason: str, seen: int) -> None:
    """Declare a draft or a signed letter void, with the reason; a number it had stays used.

    Raises NotFound, Refused (no reason, settled already), Conflict.
    """
    check_storable({"reason": reason})
    said = hide(plain(reason))[0]
    if not said or len(said) > REASON_MAX:
        raise Refused("bad_fact", _("Say why, in at most %(limit)s characters.") % {"limit": REASON_MAX}, "reason")
    now = clock.now()
    with transaction.atomic(durable=True):
        letter = _locked(actor, letter_id)
        _still(letter, (DRAFTED, SIGNED), seen)
        about = LetterLine.objects.filter(letter_id=letter_id).values_list("case_id", flat=True)
        said = hide_names(said, all_named_in(said, list(about)))
        Letter.objects.filter(pk=letter_id).update(state=VOID, reason=said, voided_at=now, version=letter.version + 1)
        record(stream_of(letter_id), "letter_voided", by=actor.doer(), at=now, facts={"numbered": bool(letter.number)})
        if letter.number:
            post_out([OutboxRow(LETTER_VOIDED, {"letter": letter_id})], at=now)


def answer_due(grade: str, pack: Pack, calendar: Calendar, at: datetime) -> datetime:
    """By when a letter of that grade is to be answered where its leader sets no date."""
    return calendar.due(at, answer_within(pack, grade)).at


def days_over(due_at: datetime | None, at: datetime, calendar: Calendar) -> int:
    """Working days from a limit to an instant, 0 where there is none or it has not passed."""
    if due_at is None or at <= due_at:
        return 0
    first, last = calendar.local(due_at).date(), calendar.local(at).date()
    return calendar.working_days_between(first + timedelta(days=1), last)


def answer_within(pack: Pack, grade: str) -> Span:
    """How long the answer to a letter of that grade may take, as the pack says it."""
    said = (each for follow in pack.later.follows for each in follow.then if each.does == "open_thread")
    return next((each.within for each in said if each.grade == grade and each.within), ANSWER_WITHIN)


def _locked(actor: Actor, letter_id: int, *duties: Duty) -> Letter:
    """The letter of the actor's own unit, locked until the transaction ends; ``duties``: one of them is needed (to sign, else).

    Raises NotFound, Refused.
    """
    if not any(may(actor, duty) for duty in duties or (Duty.LETTER_SIGN,)):
        raise Refused("not_allowed", _("Your post may not do this."))
    mine = Letter.objects.select_for_update().filter(scope.letters(actor), issuer_id=actor.unit)
    letter = mine.filter(pk=letter_id).first()
    if letter is None:
        raise NotFound(_("There is no such letter."))
    return letter


def _still(letter: Letter, states: tuple[str, ...], seen: int) -> None:
    if letter.version != seen:
        raise Conflict(_("Somebody was faster. Look at what has changed, then decide again."), (), letter.version)
    if letter.state not in states:
        raise Refused("wrong_state", _("This letter cannot be changed any more."))


def _calendar(actor: Actor) -> Calendar:
    return calendar_for(pack_of(actor.pack_digest))


# -- what follows, for the worker -------------------------------------------------------------------------------------


def issued(letter_id: int) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """What the door enters on each case of a signed letter, and its lines not opened yet as (line, case)."""
    letter = Letter.objects.filter(pk=letter_id, state__in=(SIGNED, VOID)).exclude(number="").first()
    if letter is None or letter.answer_by is None:
        return {}, []
    facts = {
        "letter": letter.pk, "number": letter.number, "letter_grade": letter.grade, "supervised_unit": letter.unit_id,
        "issuer": letter.issuer_id, "answer_by": letter.answer_by.isoformat(),
    }  # fmt: skip
    waiting = LetterLine.objects.filter(letter_id=letter_id, removed=False, opened=False).order_by("case_id")
    return facts, list(waiting.values_list("pk", "case_id"))


def mark_opened(line_ids: list[int]) -> None:
    """The door has entered the letter on these lines' cases, or has refused it for good."""
    LetterLine.objects.filter(pk__in=line_ids).update(opened=True)


def cases_of(letter_id: int) -> list[int]:
    """The cases whose line of supervision this letter opened."""
    return list(LetterLine.objects.filter(letter_id=letter_id, opened=True).order_by("case_id").values_list("case_id", flat=True))


def settle(letter_id: int) -> bool:
    """All its answers are accepted, or its cases ended: the letter is done. False when it was not waiting."""
    return bool(Letter.objects.filter(pk=letter_id, state=SIGNED).update(state=SETTLED))


def parties(letter_id: int) -> tuple[int, int]:
    """Issuer and addressed unit of a letter; zeros when there is none."""
    return Letter.objects.filter(pk=letter_id).values_list("issuer_id", "unit_id").first() or (0, 0)


def forget_words(case_id: int) -> int:
    """The words of a case were erased: its summaries go from every letter and circular; how many.

    What a leader wrote above several matters goes with the last of them. May be repeated.
    """
    kept = LetterLine.objects.filter(case_id=case_id).exclude(summary="").update(summary="")
    kept += CircularLine.objects.filter(case_id=case_id).exclude(summary="").update(summary="")
    for letter in Letter.objects.filter(lines__case_id=case_id).exclude(opening="", reason="").distinct():
        if not words_left(LetterLine.objects.filter(letter_id=letter.pk).values_list("case_id", flat=True)):
            Letter.objects.filter(pk=letter.pk).update(opening="", reason="")
    for circular in Circular.objects.filter(lines__case_id=case_id).exclude(opening="").distinct():
        if not words_left(CircularLine.objects.filter(circular_id=circular.pk).values_list("case_id", flat=True)):
            Circular.objects.filter(pk=circular.pk).update(opening="")
    return kept
