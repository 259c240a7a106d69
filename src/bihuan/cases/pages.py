"""The page of one case, for staff and for the resident, put together from the ledger and the rows beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from bihuan.access.actors import resident_actor
from bihuan.cases.fold import TO_STATE, ClockRow
from bihuan.cases.lines import light_of_thread
from bihuan.cases.models import Case, Clock, Words
from bihuan.cases.batch import CLOCK_COLUMNS
from bihuan.cases.shapes import (
    MAIN, CasePage, ClockLine, EntryLine, MaskedContact, ThreadLine, TrackPage, TrackStep, WordsLine,
)  # fmt: skip
from bihuan.cases.sheet import Sheet, load
from bihuan.ledger import clock
from bihuan.people.selectors import accounts, contact_card, unit_names
from bihuan.places.selectors import path_names
from bihuan.rules.clocks.reading import HOLDER_UNIT, explain
from bihuan.rules.events import Event
from bihuan.rules.lights import light
from bihuan.rules.procedure.course import Index
from bihuan.rules.procedure.decide import LIMIT_PASSED, available
from bihuan.rules.procedure.view import Offer

if TYPE_CHECKING:
    from bihuan.access.actors import Actor

UNTOLD = frozenset({LIMIT_PASSED})
"""Events of the main thread that the resident's page leaves out: it shows the light itself."""
WordsBy = Mapping[tuple[str, str], WordsLine]
