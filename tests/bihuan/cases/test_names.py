"""Names of the people of a case are masked in whatever is written about it later, as phones are; other people's are not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bihuan.cases import acting, migrating, selectors
from bihuan.cases.models import Words
from bihuan.cases.services import perform
from bihuan.cases.shapes import ContactIn
from bihuan.config.statements import counted
from bihuan.rulebook.services import publish
from bihuan.vault import keys
from tests.bihuan.desk.test_parties import OTHER, two_sided
from tests.factories.matters import act, brought_to, found_matters, request_id
from tests.factories.organisation import County
from tests.factories.versions import newer, with_limit, with_procedure

pytestmark = pytest.mark.django_db(transaction=True)
SOMEBODY = ContactIn(name="示例王小明", phone="13800000000")
NOTE = "示例王小明说灯又坏了，示例李四也在场，回电13911112222。"


@pytest.fixture
def county(clock: Any) -> County:
    return found_matters(two_sided())


def words_of(case_id: int) -> str:
    return "\n".join(Words.objects.filter(case_id=case_id).order_by("pk").values_list("text", flat=True))


def test_the_residents_name_is_masked_in_a_later_act(county: County) -> None:
    case_id = brought_to(county, "handling", contact=SOMEBODY)
    officer = county.actor("officer")
    version = selectors.case_page(officer, case_id).version
    with counted() as count:
        perform(actor=officer, case_id=case_id, action="progress", facts={"note": NOTE}, seen=version, request_id=request_id())
    assert len(count) <= 12, count
    text = words_of(case_id)
    assert "示**说灯又坏了" in text
    assert "示例王小明" not in text
    assert "示例李四" in text, "the control: of whoever is not of the case nothing is known"
    assert "13911112222" not in text


def test_without_the_name_at_hand_it_would_stand_there(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the masking is what keeps it out."""
    case_id = brought_to(county, "handling", contact=SOMEBODY)
    monkeypatch.setattr(acting, "_names", lambda *_: [])
    act(county.actor("officer"), case_id, "progress", {"note": NOTE})
    assert "示例王小明说" in words_of(case_id)


def test_the_other_sides_name_is_masked_too(county: County) -> None:
    case_id = brought_to(county, "handling", contact=SOMEBODY)
    officer = county.actor("officer")
    act(officer, case_id, "name_party", {"party": OTHER})
    act(officer, case_id, "progress", {"note": f"{OTHER['name']}和{SOMEBODY.name}都到了。"})
    assert words_of(case_id).endswith("示**和示**都到了。")


def test_matters_go_on_where_the_key_is_lost(county: County, settings: Any, tmp_path: Path) -> None:
    case_id = brought_to(county, "handling", contact=SOMEBODY)
    settings.KEYS = tmp_path / "other"
    keys.create()
    act(county.actor("officer"), case_id, "progress", {"note": "路灯已经全部修好了。"})
    assert "全部修好" in words_of(case_id)


@pytest.mark.parametrize("known", [True, False], ids=["masked", "control"])
def test_a_reason_that_stands_under_many_cases_names_nobody_of_any(
    county: County, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """The other side of the second case stands in the reason under the first one, too; not knowing the names is the control."""
    first = brought_to(county, "handling", contact=SOMEBODY)
    second = brought_to(county, "handling")
    act(county.actor("officer"), second, "name_party", {"party": OTHER})
    shorter = newer(two_sided(), "9.3", **with_procedure(two_sided(), lambda one: with_limit(one, "resolve", 5)))
    publish(shorter)
    if not known:
        monkeypatch.setattr(migrating, "all_named_in", lambda *_: [])
    reason = f"{SOMEBODY.name}和{OTHER['name']}两件按新时限办，李明明不在其中"
    assert set(migrating.migrate(county.actor("admin"), shorter.digest, reason=reason).moved) == {first, second}
    for case_id in (first, second):
        written = words_of(case_id)
        assert [SOMEBODY.name in written, OTHER["name"] in written] == [not known] * 2
        assert "两件按新时限办，李明明不在其中" in written
