"""The example files of the operator's guide name settings, commands and options that exist, and are read by their programs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from bihuan.console.main import parser
from tests.house import source

FOLDER = source.ROOT / "docs" / "examples"
SETTINGS = (source.PACKAGE / "config" / "environment.py", source.PACKAGE / "config" / "settings.py")
UNITS = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))


def known() -> set[str]:
    """Every setting that the program reads."""
    return set(re.findall(r'"(BIHUAN_[A-Z_]+)"', "".join(path.read_text("utf-8") for path in SETTINGS)))


def unknown(text: str) -> set[str]:
    return set(re.findall(r"^#? ?(BIHUAN_[A-Z_]+)=", text, re.MULTILINE)) - known()


def commands(text: str) -> list[list[str]]:
    """The product's commands in a unit, as words."""
    lines = re.findall(r"^ExecStart(?:Pre)?=(.*)$", text, re.MULTILINE)
    found = [shlex.split(line) for line in lines if line.startswith("/opt/bihuan/bin/bihuan ")]
    return [words[1:] for words in found]


def test_every_setting_exists() -> None:
    text = (FOLDER / "bihuan.env").read_text("utf-8")
    assert "BIHUAN_HOSTS" in text
    assert unknown(text) == set()
    assert unknown("BIHUAN_HOST=x") == {"BIHUAN_HOST"}, "the control"


def test_every_command_is_one() -> None:
    asked = [words for unit in UNITS for words in commands(unit.read_text("utf-8"))]
    assert [words[0] for words in asked] == ["backup", "init", "serve"]
    for words in asked:
        parser().parse_args(words)
    with pytest.raises(SystemExit):
        parser().parse_args(["serve", "--wrokers", "2"])


def test_the_environment_file_is_read_by_units_and_paths_may_be_written() -> None:
    """What the settings point at, the service may write."""
    environ = (FOLDER / "bihuan.env").read_text("utf-8")
    service = (FOLDER / "bihuan.service").read_text("utf-8")
    assert "EnvironmentFile=/etc/bihuan/bihuan.env" in service
    allowed = re.search(r"^ReadWritePaths=(.*)$", service, re.MULTILINE)
    assert allowed
    for folder in re.findall(r"^BIHUAN_(?:DATA|FILES|KEYS|ANCHORS)=(.*)$", environ, re.MULTILINE):
        assert any(Path(folder).is_relative_to(one) for one in allowed[1].split()), folder


def test_one_proxy_in_front_is_what_the_settings_say() -> None:
    assert "BIHUAN_PROXIES=1\n" in (FOLDER / "bihuan.env").read_text("utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in (FOLDER / "bihuan_proxy.conf").read_text("utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/bihuan/bin/bihuan", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr
