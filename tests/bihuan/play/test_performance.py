"""Sixty working days played through the door: nothing refused, every state and light there, nothing out of step."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection

from bihuan import packs
from bihuan.access.actors import actor_for
from bihuan.boundaries.models import Redrawing
from bihuan.cases import selectors
from bihuan.cases.models import Case, Clock, Link, Thread
from bihuan.cases.rebuilding import differences
from bihuan.exchange.founding import found
from bihuan.flows import worker
from bihuan.intake.models import ServiceRecord
from bihuan.ledger import clock
from bihuan.ledger.verify import verify
from bihuan.people.models import Account, Contact, Post
from bihuan.people.selectors import post_named
from bihuan.play import demonstration
from bihuan.play.cast import PASSWORD
from bihuan.play.demonstration import Note, keep_note, last_instant, read_note
from bihuan.play.stories_centre import UNDONE
from bihuan.play.stories_triage import TWINS
from bihuan.rulebook.seeds import seed_calendar_years
from bihuan.rulebook.services import publish
from bihuan.rules.lights import Light, light
from bihuan.supervision.models import Circular

pytestmark = pytest.mark.slow
ENDS = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # a Friday, 11:00 in the county


@contextmanager
def silent(_title, _total):
    yield lambda _count: None


@pytest.fixture
def played(transactional_db):
    seed_calendar_years()
    pack = packs.load(packs.standard())
    with clock.at(datetime(2026, 8, 1, tzinfo=UTC)):
        found(pack, packs.divisions(packs.standard()))
    outcome, cast, script = demonstration.play(pack, messages=demonstration.sample(), ends=ENDS, bar=silent, work=worker.run_once)
    return outcome, cast, script


def test_the_whole_play(played):
    outcome, cast, script = played
    assert outcome.missed == ()
    assert outcome.refused == ()
    assert Link.objects.filter(kind="split").count() == 1
    assert Case.objects.count() == outcome.opened + TWINS + 1 + UNDONE  # told again by neighbours, split off, taken in twice
    assert outcome.acts["import_undone"] == UNDONE == Thread.objects.filter(state="undone").count()
    assert (outcome.acts["redrawn"], Redrawing.objects.filter(done_at=None).count()) == (1, 0)
    merged = Redrawing.objects.get()
    assert len(merged.units) == 2  # the grids' units go on in the new one, with their posts
    assert Post.objects.filter(unit_id__in=merged.units.values(), valid_to=None).exists()
    assert outcome.acts["circular"] >= 3
    assert set(Circular.objects.values_list("state", flat=True)) == {"signed", "drafted"}
    assert outcome.acts["instructed"] > outcome.acts["instruction_reported"] > 3
    assert set(Case.objects.values_list("procedure", flat=True)) == set(packs.load(packs.standard()).procedures)
    assert len(script.scenes) * 0.6 < Contact.objects.exclude(phone_hash="").count() < outcome.opened
    numbered = {scene.message.number for scene in script.scenes}
    kept = Case.objects.filter(external_number__in=numbered).count()  # a few got another ticket's number later
    assert len(numbered) - 10 < kept <= len(numbered) == len(script.scenes)
    assert outcome.opened - len(script.scenes) >= 60  # what village clerks wrote down, one each working day
    assert outcome.records == ServiceRecord.objects.count() > 300
    procedure = packs.load(packs.standard()).procedures["matter"]
    usual = Thread.objects.filter(name="main", case__procedure="matter")
    assert set(usual.values_list("state", flat=True)) | {"undone"} == {state.key for state in procedure.states}
    with clock.at(ENDS):
        rows = Clock.objects.values_list("due_at", "amber_at", "state", "stopped_at")
        lights = Counter(light(*row, ENDS) for row in rows)
        assert set(lights) >= set(Light)
        assert verify().ok
        assert differences(limit=Case.objects.count() + 1)[0] == []
    assert not Case.objects.filter(is_demo=False).exists()
    assert not ServiceRecord.objects.filter(is_demo=False).exists()
    assert not Contact.objects.filter(is_demo=False).exists()
    assert not Account.objects.filter(is_demo=False).exists()
    late = Case.objects.order_by("-opened_at").values_list("opened_at", flat=True)[0]
    assert late.date() == ENDS.date()
    assert max(Case.objects.values_list("opened_at", flat=True)) <= ENDS
    posts = {player.username: post_named(player.username) for player in cast}
    assert all(posts.values())
    assert Post.objects.values("key").distinct().count() == len(packs.load(packs.standard()).posts)
    assert any(player.secret for player in cast)
    about = Case.objects.filter(about_unit_id__gt=0)
    assert about.count() >= 5
    hidden = about.filter(a15__gt="").first()
    for post in Post.objects.filter(unit_id=hidden.about_unit_id):
        with pytest.raises(selectors.NotFound):
            selectors.case_page(actor_for(post.pk), hidden.pk)


@pytest.mark.django_db
def test_where_the_play_ends(clock):
    pack = packs.load(packs.standard())
    seed_calendar_years()
    publish(pack)
    now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert last_instant(pack, None, now) == now
    assert last_instant(pack, date(2026, 3, 2), now).isoformat() == "2026-03-02T18:30:00+08:00"
    later = datetime(2028, 2, 1, tzinfo=UTC)
    assert last_instant(pack, None, later).date() == date(2026, 12, 31)


def test_the_folder_remembers(tmp_path):
    assert read_note(tmp_path) is None
    note = Note(pack="p", today="2026-11-20", behind=1.5, cases=3, cast=())
    keep_note(tmp_path, note)
    assert read_note(tmp_path) == note


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the demonstration has its own embedded database")
def test_the_check_walks_one_case_over_http(tmp_path: Path):
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "bihuan.console.main", "demo", "--check", "--dir", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, env={**os.environ})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "✕" not in ended.stdout
    assert PASSWORD not in ended.stdout
    again = subprocess.run([*command], capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
