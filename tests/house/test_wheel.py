"""What ``pip install .`` gives: the package with packs, templates, static files and catalogues, usable without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house import source

pytestmark = pytest.mark.slow
DATA = ("packs/shipped", "templates", "static", "locale")


def wanted() -> set[str]:
    """Every file of the package that is not Python but needed at run time."""
    files = (path for path in source.PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        str(path.relative_to(source.PACKAGE.parent))
        for path in files
        if path.suffix != ".py" and any(part in path.as_posix() for part in DATA)
    }


def lacking(names: Iterable[str]) -> set[str]:
    """Files of ``wanted`` that a list of names does not have."""
    return wanted() - set(names)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source.ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_it_carries_everything(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert wanted()
    assert lacking(names) == set()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/NOTICE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "bench")) or name.endswith((".xlsx", ".sqlite3"))]


def test_a_lacking_file_is_seen() -> None:
    first, *rest = sorted(wanted())
    assert lacking(rest) == {first}


def test_it_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = (
        "import bihuan, django, pathlib; assert 'site' in pathlib.Path(bihuan.__file__).parts; django.setup();"
        "from bihuan import packs; assert [packs.load(name) for name in packs.shipped()];"
        "from django.core.management import call_command; call_command('migrate', verbosity=0);"
        "from django.template.loader import get_template; get_template('web/base.html')"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path / "site"),
        "DJANGO_SETTINGS_MODULE": "bihuan.config.settings",
        "BIHUAN_DATA": str(tmp_path / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
