"""``bihuan rules due``: instants, days counted, files of questions."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import time

import pytest

from bihuan.console.main import main


def due(capsys, *args):
    code = main(["rules", "due", *args])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize(
    ("clock", "start", "expected"),
    [
        ("resolve", "2026-09-30T16:00+08:00", "2026-10-15T17:30:00+08:00"),
        ("resolve", "2026-09-30T08:00Z", "2026-10-15T17:30:00+08:00"),
        ("resolve", "2026-09-30T16:00", "2026-10-15T17:30:00+08:00"),
        ("dispatch", "2026-09-30T16:00+08:00", "2026-10-08T17:30:00+08:00"),
        ("answer", "2026-09-30T16:00+08:00", "2026-10-10T17:30:00+08:00"),  # the 10th is a make-up Saturday
        ("major", "2026-09-30T16:00+08:00", "2026-10-30T17:30:00+08:00"),
        ("major", "2026-01-31T10:00+08:00", "2026-02-28T17:30:00+08:00"),  # no 31st; the 28th is a make-up Saturday
        ("resolve.critical", "2026-09-30T16:00+08:00", "2026-10-01T16:00:00+08:00"),
    ],
)
def test_instants(capsys, clock, start, expected):
    assert due(capsys, "--clock", clock, "--from", start) == (0, expected + "\n", "")


def test_the_days_are_explained(capsys):
    code, out, _ = due(capsys, "--clock", "answer", "--from", "2026-09-30T16:00+08:00", "--explain")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "2026-10-10T17:30:00+08:00"
    days = [line.split()[0] for line in lines[3:]]
    assert days == [f"2026-09-{30}", *(f"2026-10-{day:02}" for day in range(1, 11))]
    assert lines[-1].split()[2] == "3"


def test_an_unpublished_year_is_said_beside_the_answer(capsys):
    code, out, err = due(capsys, "--clock", "dispatch", "--from", "2099-03-02T10:00+08:00")
    assert (code, out) == (0, "2099-03-03T17:30:00+08:00\n")
    assert err.strip()


@pytest.mark.parametrize(
    "args",
    [
        ("--clock", "nothing", "--from", "2026-09-30"),
        ("--clock", "urgent", "--from", "2026-09-30"),  # several clocks have such a limit
        ("--clock", "resolve", "--from", "yesterday"),
        ("--clock", "resolve", "--from", "9999-12-31T10:00"),
        ("--clock", "resolve", "--from", "2026-09-30", "--pack", "no-such-pack"),
        ("--batch", "/no/such/file.csv"),
    ],
)
def test_what_cannot_be_answered_is_said_in_words(capsys, args):
    code, out, err = due(capsys, *args)
    assert (code, out) == (1, "")
    assert err.startswith("bihuan: ")
    assert "Traceback" not in err


def test_half_a_question_is_wrong_usage(capsys):
    assert due(capsys, "--clock", "resolve")[0] == 2


def test_a_file_of_questions(capsys, tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text("id,clock,from,due\n1,resolve,2026-09-30T16:00+08:00,old\n2,major,2026-09-30T16:00+08:00,\n", "utf-8-sig")
    code, out, err = due(capsys, "--batch", str(asked))
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, err) == (0, "")
    assert [row["due"] for row in rows] == ["2026-10-15T17:30:00+08:00", "2026-10-30T17:30:00+08:00"]
    assert list(rows[0]) == ["id", "clock", "from", "due"]


def test_a_line_that_cannot_be_answered_stays_empty_and_is_told(capsys, tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text("clock,from\nresolve,2026-09-30T16:00+08:00\nresolve,then\n", "utf-8")
    code, out, err = due(capsys, "--batch", str(asked))
    assert code == 1
    assert [row["due"] for row in csv.DictReader(io.StringIO(out))] == ["2026-10-15T17:30:00+08:00", ""]
    assert "3" in err


def test_a_file_without_its_columns_is_refused(capsys, tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text("clock,start\nresolve,2026-09-30\n", "utf-8")
    code, _, err = due(capsys, "--batch", str(asked))
    assert code == 1
    assert "from" in err


def test_it_starts_without_django_and_quickly():
    asked = ["rules", "due", "--clock", "resolve", "--from", "2026-09-30T16:00+08:00"]
    program = f"import sys; from bihuan.console.main import main; main({asked!r}); sys.exit('django' in sys.modules)"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2026-10-15T17:30:00+08:00\n"
    assert time.perf_counter() - began < 10
