"""A closed case is sealed: an edit after the seal is found, also by somebody who chains the entries anew; little may follow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from bihuan.access.actors import resident_actor
from bihuan.cases.errors import Refused
from bihuan.cases.models import Words
from bihuan.cases.sealing import Broken, all_broken, seals_of
from bihuan.cases.sheet import stream_of
from bihuan.cases.words_kept import erase_words
from bihuan.ledger.chain import entry_hash, instant_text
from bihuan.ledger.models import Entry
from bihuan.ledger.rows import read_instant
from bihuan.ledger.selectors import stream_events
from tests.databases.guard import lifted
from tests.factories.matters import STEPS, County, act, brought_to, found_matters, shipped_pack


@pytest.fixture
def county(db: None, clock: Any) -> County:
    """The county without the comparison at the end: these tests write where nobody may."""
    return found_matters()


AFTER = {"rate", "reopen", "reopen_rated", "reconsider", "say_about", "correct_about"}  # avoidance can be said at any time


def verdict() -> tuple[list[Broken], int]:
    """Everything that is broken, and how many seals were held."""
    *found, held = all_broken()
    assert isinstance(held, int)
    return [one for one in found if isinstance(one, Broken)], held


def chained_anew(stream: str) -> None:
    """What a clever hand does after an edit: reckon every hash of the stream anew."""
    prev = b""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, seq, kind, thread, at, account, unit, post, doer, area, facts FROM ledger_entry "
            "WHERE stream = %s ORDER BY seq",
            [stream],
        )
        for number, seq, kind, thread, at, *by, area, facts in cursor.fetchall():
            digest = entry_hash(stream, seq, kind, thread, instant_text(read_instant(at)), *by, area, facts, prev)
            cursor.execute("UPDATE ledger_entry SET prev = %s, hash = %s WHERE id = %s", [prev, digest, number])
            prev = digest


def edited(entry: Entry, was: str, now: str) -> None:
    """Another word in the facts of an entry, as they are stored."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET facts = replace(facts, %s, %s) WHERE id = %s", [was, now, entry.pk])
        assert cursor.rowcount == 1


def test_every_end_is_sealed_and_the_seals_hold(county: County, clock: Any) -> None:
    done = brought_to(county, "archived")
    declined = brought_to(county, "")
    route = shipped_pack().catalogue.routes[0].key
    act(county.actor("dispatcher"), declined, "decline", {"route": route, "reason": "属于仲裁受案范围，请到仲裁委申请。"})
    brought_to(county, "handling")
    events, _ = stream_events(stream_of(done))
    assert [events[n - 1].kind for n in seals_of(events)] == ["archived"]
    assert verdict() == ([], 2)
    act(resident_actor(done), done, "reopen", {"reason": "昨晚又不亮了"})
    for who, action, given in list(STEPS.values())[3:]:
        clock.advance(timedelta(hours=1))
        act(county.actor(who), done, action, given)
    assert verdict() == ([], 3)  # handled again, sealed again: both seals stand


@pytest.mark.parametrize("field", ["facts", "account", "at", "kind"])
def test_an_edited_entry_is_found_even_when_chained_anew(county: County, field: str) -> None:
    case_id = brought_to(county, "archived")
    stream = stream_of(case_id)
    entry = Entry.objects.get(stream=stream, kind="drafted")
    changes: dict[str, Any] = {
        "account": entry.account + 1,
        "at": entry.at - timedelta(days=1),
        "kind": "progress_made",
    }
    with lifted(connection):
        if field == "facts":
            edited(entry, '"solved"', '"partly"')
        else:
            Entry.objects.filter(pk=entry.pk).update(**{field: changes[field]})
        chained_anew(stream)
    seal = Entry.objects.get(stream=stream, kind="archived").seq
    assert verdict()[0] == [Broken(case_id, seal, "entry")]


def test_an_edited_text_is_found_and_an_erased_one_is_lawful(county: County, clock: Any) -> None:
    case_id, other = brought_to(county, "archived"), brought_to(county, "archived")
    text = Words.objects.get(case_id=case_id, name="answer")
    Words.objects.filter(pk=text.pk).update(text="全部解决，群众非常满意。")
    assert verdict()[0] == [Broken(case_id, text.seq, "words")]
    erase_words(case_id, at=clock())
    assert verdict() == ([], 2)
    assert other


def test_a_seal_made_anew_would_have_to_break_the_chain(county: County) -> None:
    """The control: the seal alone is no proof, the entry that holds it stands in the chain and under the anchors."""
    case_id = brought_to(county, "archived")
    entry = Entry.objects.get(stream=stream_of(case_id), kind="archived")
    with lifted(connection):
        edited(entry, '"sealed":"', '"sealed":"0')
    assert verdict()[0] == [Broken(case_id, entry.seq, "entry")]


def test_after_the_end_only_a_rating_or_an_opening_anew(county: County) -> None:
    case_id = brought_to(county, "archived")
    procedure = shipped_pack().procedures["matter"]
    final = {state.key for state in procedure.states if state.final}
    lawful = {action.key for action in procedure.actions if "archived" in action.from_ and "archived" in final}
    beside = {action.key for action in procedure.actions if action.pair}  # links between two matters, told in both
    assert lawful - beside <= AFTER
    everybody = [county.actor(name) for name in ("dispatcher", "officer", "leader", "checker", "caller", "head")]
    for action in procedure.actions:
        if action.key in AFTER | beside | {procedure.start_action}:
            continue
        for actor in (*everybody, resident_actor(case_id)):
            with pytest.raises(Refused):
                act(actor, case_id, action.key)
