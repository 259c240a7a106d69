"""Names of the people of cases, for masking alone, where words are written about several cases at once: a letter, a reason."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.cases.models import Case
from bihuan.cases.parties import numbers_of
from bihuan.cases.sheet import NAME, load
from bihuan.people.models import Contact
from bihuan.people.services.contacts import opened_name

AT_ONCE = 200


def named_in(text: str, case_ids: Sequence[int]) -> dict[int, list[str]]:
    """By case: the names of its resident and of its further parties that stand in a text; they are shown to nobody.

    Of ``case_ids``, whoever may see them: what somebody writes about a case is masked with all its names. At most four
    statements for two hundred cases, none where there is no text.
    """
    found: dict[int, list[str]] = {}
    if not text.strip():
        return found
    for start in range(0, len(case_ids), AT_ONCE):
        sheets = load(Case.objects.filter(pk__in=case_ids[start : start + AT_ONCE]), (NAME,))
        numbers = {case_id: numbers_of(sheet) for case_id, sheet in sheets.items()}
        wanted = [number for each in numbers.values() for number in each]
        rows = Contact.objects.filter(pk__in=wanted, erased_at=None).values_list("id", "name_sealed") if wanted else ()
        parties = dict(rows)
        for case_id, sheet in sheets.items():
            sealed = [sheet.beside.get(NAME), *(parties.get(number) for number in numbers[case_id])]
            names = [opened_name(bytes(one)) for one in sealed if one]
            if standing := [name for name in names if name and name in text]:
                found[case_id] = standing
    return found


def all_named_in(text: str, case_ids: Sequence[int]) -> list[str]:
    """The same without saying of which case: for words that stand under several."""
    return list(dict.fromkeys(name for names in named_in(text, case_ids).values() for name in names))
