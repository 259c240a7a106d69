"""Writing letters: drafted from the outbox, changed and signed by the leader, numbered at signing, void with its number used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.access.actors import may
from bihuan.cases.asking import check_storable
from bihuan.cases.words import plain
from bihuan.ledger import clock
from bihuan.ledger.services import OutboxRow, post_out, record
from bihuan.packs.shape import Pack
from bihuan.rulebook.selectors import calendar_for
from bihuan.rulebook.selectors import pack as pack_of
from bihuan.rules.calendar import Calendar
from bihuan.rules.scope import Duty
from bihuan.rules.terms import Span
from bihuan.supervision import scope
from bihuan.supervision.errors import Conflict, NotFound, Refused
from bihuan.supervision.models import CircularLine, Letter, LetterLine
from bihuan.supervision.numbering import draw
from bihuan.supervision.shapes import DRAFTED, SETTLED, SIGNED, VOID, LetterChange, Occasion
from bihuan.vault.free_text import hide

if TYPE_CHECKING:
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


def _masked(text: str) -> str:
    """The text on one line, phone- and identity-shaped strings masked."""
    return hide(" ".join(plain(text).split()))[0]


# -- the leader -------------------------------------------------------------------------------------------------------


def change(actor: Actor, letter_id: int, wanted: LetterChange, *, seen: int) -> int:
    """Change a draft: words, date, summaries, matters taken off or put back; the new version.

    Raises NotFound, Refused (bad text, a date that has passed, no longer a draft), Conflict (somebody was faster).
    """
    _check(wanted)
    now = clock.now()
    with transaction.atomic(durable=True):
        letter = _locked(actor, letter_id)
        _still(letter, (DRAFTED,), seen)
        if wanted.answer_by and wanted.answer_by <= _calendar(actor).local(now).date():
            raise Refused("bad_fact", _("The date to answer by must lie in the future."), "answer_by")
        lines = list(LetterLine.objects.filter(letter_id=letter_id))
        for line in lines:
            line.summary = _masked(wanted.summaries.get(line.pk, line.summary))
            line.removed = line.pk in wanted.removed
        LetterLine.objects.bulk_update(lines, ["summary", "removed"])
        Letter.objects.filter(pk=letter_id).update(
            opening=hide(plain(wanted.opening))[0], answer_by=wanted.answer_by, version=letter.version + 1
        )
        facts = {"lines": sum(not line.removed for line in lines), "version": letter.version + 1}
        record(stream_of(letter_id), "letter_changed", by=actor.doer(), at=now, facts=facts)
    return int(letter.version) + 1


def _check(wanted: LetterChange) -> None:
    texts = {"opening": wanted.opening, **{f"summary-{pk}": text for pk, text in wanted.summaries.items()}}
    check_storable(texts)
    for name, text in texts.items():
        longest = OPENING_MAX if name == "opening" else SUMMARY_MAX
        if len(text) > longest:
            raise Refused("bad_fact", _("This is too long: at most %(limit)s characters.") % {"limit": longest}, name)


def sign(actor: Actor, letter_id: int, *, seen: int) -> str:
    """Sign a draft: it gets the next number of its issuer, without a gap, in this one transaction; the number.

    Signing again what the same leader has signed gives the same number. Raises NotFound, Refused (nothing left on it),
    Conflict (somebody else signed it, or it was changed since it was looked at).
    """
    now = clock.now()
    with transaction.atomic(durable=True):
        letter = _locked(actor, letter_id)
        if letter.state == SIGNED and letter.signed_by == actor.account:
            return str(letter.number)
        _still(letter, (DRAFTED,), seen)
        if not LetterLine.objects.filter(letter_id=letter_id, removed=False).exists():
            raise Refused("guard", _("No matter is left on this letter: put one back, or declare it void."))
        calendar = _calendar(actor)
        pack = pack_of(actor.pack_digest)
        answer_by = letter.answer_by or calendar.local(calendar.due(now, answer_within(pack, letter.grade)).at).date()
        if answer_by <= calendar.local(now).date():
            raise Refused("bad_fact", _("The date to answer by must lie in the future."), "answer_by")
        number = draw(NUMBER, pack=pack, calendar=calendar, unit=actor.unit, unit_name=actor.unit_name, at=now)
        Letter.objects.filter(pk=letter_id).update(
            state=SIGNED, number=number, answer_by=answer_by, signed_at=now, signed_by=actor.account, version=letter.version + 1
        )
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
        Letter.objects.filter(pk=letter_id).update(state=VOID, reason=said, voided_at=now, version=letter.version + 1)
        record(stream_of(letter_id), "letter_voided", by=actor.doer(), at=now, facts={"numbered": bool(letter.number)})
        if letter.number:
            post_out([OutboxRow(LETTER_VOIDED, {"letter": letter_id})], at=now)


def answer_within(pack: Pack, grade: str) -> Span:
    """How long the answer to a letter of that grade may take, as the pack says it."""
    said = (each for follow in pack.later.follows for each in follow.then if each.does == "open_thread")
    return next((each.within for each in said if each.grade == grade and each.within), ANSWER_WITHIN)


def _locked(actor: Actor, letter_id: int) -> Letter:
    """The letter of the actor's own unit, locked until the transaction ends. Raises NotFound, Refused."""
    if not may(actor, Duty.LETTER_SIGN):
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
    """The words of a case were erased: its summaries go from every letter and circular; how many."""
    kept = LetterLine.objects.filter(case_id=case_id).exclude(summary="").update(summary="")
    return kept + CircularLine.objects.filter(case_id=case_id).exclude(summary="").update(summary="")
