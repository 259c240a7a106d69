"""``bihuan packs versions`` and ``migrate`` say what goes by which version, and move open matters only when told to."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.cases.models import Case
from bihuan.console.main import main
from bihuan.rulebook.services import publish
from tests.factories.matters import brought_to, found_matters, shipped_pack
from tests.factories.versions import newer, with_limit, with_procedure, without_state

pytestmark = pytest.mark.django_db


def test_versions_are_listed_and_open_matters_migrated(clock: Any, capsys: Any) -> None:
    county, pack = found_matters(), shipped_pack()
    case_id = brought_to(county, "handling")
    publish(newer(pack, "9.8", **with_procedure(pack, lambda one: with_limit(one, "resolve", 5))))
    assert main(["packs", "versions"]) == 0
    newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.split()[:2] == ["matters", "9.8"]
    assert " 1 " in oldest
    assert main(["packs", "migrate", "9.8", "--as", "admin", "--dry-run"]) == 0
    assert "resolve" in capsys.readouterr().out
    assert Case.objects.get(pk=case_id).pack_digest == pack.digest
    assert main(["packs", "migrate", "9.8", "--as", "admin"]) == 1  # no reason
    assert main(["packs", "migrate", "9.8", "--as", "dispatcher", "--reason", "改时限"]) == 1  # not his duty
    assert main(["packs", "migrate", "1999", "--as", "admin", "--reason", "改时限"]) == 1
    assert main(["packs", "migrate", "9.8", "--as", "admin", "--reason", "改时限"]) == 0
    assert Case.objects.get(pk=case_id).pack_digest != pack.digest


def test_what_stays_is_named(clock: Any, capsys: Any) -> None:
    county, pack = found_matters(), shipped_pack()
    case_id = brought_to(county, "handling")
    publish(newer(pack, "9.9", **with_procedure(pack, lambda one: without_state(one, "handling", "working"))))
    assert main(["packs", "migrate", "9.9", "--as", "admin", "--reason", "改名"]) == 1
    assert "handling" in capsys.readouterr().out
    assert Case.objects.get(pk=case_id).pack_digest == pack.digest
