"""The command line: found, spoken in both languages, clear when something is wrong."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bihuan import packs
from bihuan.console import words
from bihuan.console.commands import demo
from bihuan.console.main import main, parser
from bihuan.console.problem import Problem


def run(*args, **environ):
    """One command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bihuan.console.main", *args],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


def test_every_command_has_help(capsys):
    names = [name for action in parser()._actions if action.dest == "command" for name in action.choices or ()]
    assert {"init", "backup", "export", "move-to-postgres"} <= set(names)
    for name in names:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
    assert "bihuan" in capsys.readouterr().out


@pytest.mark.parametrize(("language", "word"), [("zh", "用法"), ("en_US.UTF-8", "usage:")])
def test_both_languages(language, word):
    shown = run("--help", BIHUAN_LANGUAGE=language)
    assert shown.returncode == 0
    assert word in shown.stdout


def test_wrong_usage_is_two(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["nothing"])
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_packs_are_listed_and_checked(capsys):
    assert main(["packs", "list"]) == 0
    listed = capsys.readouterr().out.split()
    assert main(["packs", "check", listed[0]]) == 0
    assert main(["packs", "check", "no-such-pack"]) == 1


def test_a_pack_with_a_fault_is_found(capsys, tmp_path):
    (tmp_path / "pack.toml").write_text('[pack]\nname = "x"\nsurprise = 1\n', "utf-8")
    assert main(["packs", "check", str(tmp_path)]) == 1
    assert "pack.toml" in capsys.readouterr().out


def test_a_place_that_is_not_there_is_said(tmp_path):
    for command in (["serve"], ["work", "--once"], ["ledger", "verify"], ["import", "x.csv", "--as", "nobody"]):
        ended = run(*command, "--data", str(tmp_path / "empty"), BIHUAN_KEYS="", BIHUAN_ANCHORS="", BIHUAN_DATABASE="")
        assert ended.returncode == 3, ended.stderr
        assert "bihuan init" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_init_twice_and_the_doctor(tmp_path):
    place = {"BIHUAN_KEYS": str(tmp_path / "keys"), "BIHUAN_ANCHORS": str(tmp_path / "anchors"), "BIHUAN_DATABASE": ""}
    data = str(tmp_path / "data")
    first = run("init", "--data", data, "--admins", **place)
    assert first.returncode == 0, first.stderr
    asked = "import django; django.setup()\nfrom bihuan.people.models import GIVEN, Account\n"
    asked += "print(set(Account.objects.values_list('password_at', flat=True)) == {GIVEN}, Account.objects.count())"
    environ = {**os.environ, **place, "BIHUAN_DATA": data}
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False, env=environ).stdout
    assert told.split()[0] == "True", "what was printed opens once"
    assert int(told.split()[1]) > 2
    again = run("init", "--data", data, "--admins", **place)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "keys" / "vault.json").stat().st_mode & 0o077 == 0
    assert run("ledger", "anchor", "--data", data, **place).returncode == 0
    assert run("ledger", "verify", "--data", data, **place).returncode == 0
    seen = run("doctor", "--data", data, **place)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "✕" not in seen.stdout


def test_the_doctor_sees_keys_that_others_may_read(tmp_path):
    place = {"BIHUAN_KEYS": str(tmp_path / "keys"), "BIHUAN_ANCHORS": str(tmp_path / "anchors"), "BIHUAN_DATABASE": ""}
    assert run("init", "--data", str(tmp_path / "data"), **place).returncode == 0
    (tmp_path / "keys" / "session.key").chmod(0o644)
    seen = run("doctor", "--data", str(tmp_path / "data"), **place)
    assert seen.returncode == 1
    assert "chmod 600" in seen.stdout


def test_an_unsafe_setting_stops_everything(tmp_path):
    ended = run("init", "--data", str(tmp_path / "data"), BIHUAN_DEBUG="1", BIHUAN_STAGE="production")
    assert ended.returncode == 3
    assert "BIHUAN_DEBUG" in ended.stderr


def test_the_demonstration_touches_no_folder_of_somebody_else(tmp_path):
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(Problem):
        demo.claim(tmp_path, fresh=True)
    assert (tmp_path / "letter.txt").read_text("utf-8") == "mine"


def test_an_unfinished_demonstration_is_made_again(tmp_path):
    folder = tmp_path / "demo"
    demo.claim(folder, fresh=False)
    (folder / "half.txt").write_text("x", "utf-8")
    demo.claim(folder, fresh=False)
    assert not (folder / "half.txt").exists()
    (folder / "demo.json").write_text("{}", "utf-8")
    demo.claim(folder, fresh=False)
    assert (folder / "demo.json").exists()


def test_a_messages_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(Problem):
        demo.messages_of(tmp_path / "none.xlsx")


def test_columns_fit_chinese_and_latin_letters():
    assert words.wide("湘a") == 3
    assert words.padded("县", 4) == "县  "


def test_parsers_can_be_built_again():
    assert parser() is not parser()


def test_a_published_year_is_loaded_once_and_recorded(tmp_path):
    place = {"BIHUAN_KEYS": str(tmp_path / "keys"), "BIHUAN_ANCHORS": str(tmp_path / "anchors"), "BIHUAN_DATABASE": ""}
    data = str(tmp_path / "data")
    assert run("init", "--data", data, **place).returncode == 0
    days = tmp_path / "2031.csv"
    days.write_text("date,kind\n2031-01-01,off\n2031-01-04,work\n", "utf-8")
    asked = ("rules", "load-year", "2031", "--file", str(days), "--data", data)
    assert "1" in run(*asked, "--dry-run", **place).stdout
    assert run(*asked, **place).returncode == 0
    assert "revision 1" in run(*asked, BIHUAN_LANGUAGE="en", **place).stdout
    days.write_text("date,kind\n2031-01-01,holiday\n", "utf-8")
    assert run(*asked, **place).returncode == 1
    assert run("rules", "load-year", "2031", "--data", data, **place).returncode == 1
    assert run("ledger", "verify", "--data", data, **place).returncode == 0


def test_a_procedure_is_drawn(tmp_path):
    """``packs graph`` writes the picture of a pack's procedure, in the language of the command line."""
    file = tmp_path / "x.svg"
    drawn = run("packs", "graph", packs.standard(), "-o", str(file), BIHUAN_LANGUAGE="zh")
    assert (drawn.returncode, drawn.stdout) == (0, "")
    assert "待受理" in file.read_text("utf-8")
    shown = run("packs", "graph", packs.standard(), BIHUAN_LANGUAGE="en")
    assert "To be accepted" in shown.stdout
    assert run("packs", "graph", packs.standard(), "--procedure", "nothing").returncode == 1
    assert run("packs", "graph", packs.standard(), "-o", str(tmp_path / "no" / "x.svg")).returncode == 1
