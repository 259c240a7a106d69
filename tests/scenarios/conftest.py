"""The county with everybody in it, at Monday 12 October 2026, 10:00; afterwards stored must equal rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bihuan.cases.models import Case
from bihuan.cases.rebuilding import differences
from bihuan.flows import worker
from bihuan.ledger.models import Outbox
from bihuan.ledger.services import LEASE
from bihuan.ledger.verify import verify
from tests.matrix.county import World, settled


@pytest.fixture
def world(db: None, clock: Any) -> Iterator[World]:
    yield settled()
    assert differences(limit=Case.objects.count() + 1)[0] == []
    assert [fault for fault in verify().faults if fault.kind not in ("anchor", "tail")] == []


@pytest.fixture
def worker_dies(monkeypatch: pytest.MonkeyPatch, clock: Any) -> Callable[[], None]:
    """The worker dies as often as work waits, each time with a piece done and not marked; afterwards all may be taken again."""

    class Killed(BaseException):
        pass

    def killed(_work: Any) -> bool:
        raise Killed

    def die() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(worker, "done", killed)
            for _ in range(Outbox.objects.filter(state=0).count()):
                with pytest.raises(Killed):
                    worker.deliver(limit=1)
                clock.advance(LEASE + timedelta(seconds=1))

    return die
