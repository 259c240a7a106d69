"""After a change of key everything that is sealed is sealed anew, and the old key is retired only when nothing is under it.

The ledger says when a key came and when everything was under it; the values themselves say what is still to be done. So the work
may be stopped at any instant, be done by the worker and by a command at once, and goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bihuan.access.renewing import kinds, renew_secrets, secrets_under
from bihuan.cases.opening import SEALED as CASES
from bihuan.files.renewing import FOLDERS, files_under, renew_folder
from bihuan.ledger import clock
from bihuan.ledger.selectors import records
from bihuan.ledger.services import record
from bihuan.people.services.accounts import SEALED as ACCOUNTS
from bihuan.people.services.contacts import SEALED as CONTACTS
from bihuan.vault.keys import add_key, drop_key, keys
from bihuan.vault.renewing import renew, under
from bihuan.vault.services import SEALED as FOUND

STREAM = "place"
ADDED, RENEWED, RETIRED = "key_added", "key_renewed", "key_retired"
SETTLES = timedelta(hours=1)
"""How old the newest key must be before an older one is retired: requests that began before it, and tables that wait an hour
between look and taking in, are over then.
"""
COLUMNS = (*CONTACTS, *ACCOUNTS, *CASES, *FOUND)
Told = Callable[[int], None]


class NotYet(Exception):
    """A key cannot be retired. ``why``: "newest", "unknown", "young" (the newest came less than an hour ago), "used"."""

    def __init__(self, why: str, left: int = 0) -> None:
        """Keep why; ``left``: how many values are still under the key."""
        super().__init__(why)
        self.why, self.left = why, left


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round of renewing did: values renewed, values and files that do not open, whether all was looked through."""

    renewed: int
    shut: int
    whole: bool


def new_key() -> int:
    """A key that everything is sealed with from now on, in every running process; its number. Old values stay open."""
    number = add_key()
    record(STREAM, ADDED, facts={"key": number})
    return number


def is_owed() -> bool:
    """True when a key came under which not everything has been brought yet. At most two statements.

    A round that began within ``SETTLES`` of the key may have passed a row whose transaction began before the key and ended
    after the look: when that time is over, one more is owed.
    """
    newest = keys().newest
    if newest <= 1:
        return False
    done = records(prefix=STREAM, kinds=(RENEWED,), limit=1)
    if not done or int(str(done[0].facts.get("key", 0))) < newest:
        return True
    return not done[0].facts.get("settled") and clock.now() - _came(newest) >= SETTLES


def renew_all(*, stopped: Callable[[], bool] = lambda: False, told: Told = lambda _number: None) -> Outcome:
    """Seal everything anew that is under an older key, in small transactions, until the end or until ``stopped``.

    ``told`` is called with the number of values renewed. What does not open stays as it is. Raises NotKept, NoKeys.
    """
    newest, renewed, shut = keys().newest, 0, 0
    settled = newest > 1 and clock.now() - _came(newest) >= SETTLES
    steps = [*(partial(renew, column) for column in COLUMNS), *(partial(renew_secrets, kind) for kind in range(kinds()))]
    for step in steps:
        after = 0
        while not stopped():
            page = step(after=after)
            renewed, shut, after = renewed + page.renewed, shut + page.shut, page.last
            told(page.renewed)
            if not after:
                break
    for folder in FOLDERS:
        if stopped():
            return Outcome(renewed, shut, whole=False)
        files = renew_folder(folder)
        renewed, shut = renewed + files.renewed, shut + files.shut
        told(files.renewed)
    whole = not stopped() and keys().newest == newest
    if whole and not shut and is_owed():
        record(STREAM, RENEWED, facts={"key": newest, "settled": settled})
    return Outcome(renewed, shut, whole)


def in_use() -> Counter[int]:
    """How many values and files there are under each key. Reads everything that is sealed."""
    found = secrets_under() + files_under()
    for column in COLUMNS:
        found += under(column)
    return found


def _came(newest: int) -> datetime:
    """When the newest key came. Where it was added and nobody lived to enter it, it counts from now, and that is entered."""
    added = records(prefix=STREAM, kinds=(ADDED,), limit=1)
    if added and int(str(added[0].facts.get("key", 0))) == newest:
        return added[0].at
    record(STREAM, ADDED, facts={"key": newest})
    return clock.now()


def retire(number: int) -> None:
    """Take an old key away for ever. Archives that were made under it open only with a copy of the key folder of that time.

    Raises NotYet while anything is still under it, or could still come.
    """
    now = keys()
    if number == now.newest:
        raise NotYet("newest")
    if number not in now.ciphers:
        raise NotYet("unknown")
    if clock.now() - _came(now.newest) < SETTLES:
        raise NotYet("young")
    left = in_use()[number]
    if left:
        raise NotYet("used", left)
    record(STREAM, RETIRED, facts={"key": number})
    drop_key(number)
