"""What was kept long enough goes, however much it is, and whatever else cannot go."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from config import forgetting
from ota import calls, old_records, tasks
from ota.models import Delivery
from ota.webhooks import notices
from tests import hooks, make

pytestmark = pytest.mark.django_db


def old_notices(number: int) -> None:
    mine = hooks.endpoint()
    for _ in range(number):
        hooks.waiting(mine)
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=91))
    hooks.waiting(mine)


def test_they_go_slice_by_slice_until_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    old_notices(5)
    deleted, statements = make.statements(lambda: notices.forget(at=timezone.now(), days=90))
    assert (deleted, Delivery.objects.count()) == (5, 1)
    assert statements == 1 + 3  # mails, and three slices


def test_one_kind_that_cannot_go_keeps_no_other_and_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_long(**_: object) -> int:
        raise DatabaseError("canceling statement due to statement timeout")

    monkeypatch.setattr(calls, "forget", too_long)
    old_notices(3)
    with pytest.raises(DatabaseError, match="timeout"):
        tasks.forget_old_records()
    assert Delivery.objects.count() == 1


def test_beat_lets_them_go_once_an_hour() -> None:
    old_notices(1)
    old_records.forget(at=timezone.now())
    assert Delivery.objects.count() == 1
    entries = {
        each["task"]: each for each in tasks.forget_old_records.app.conf.beat_schedule.values()
    }
    assert (
        str(entries["ota.tasks.forget_old_records"]["schedule"])
        == "<crontab: 37 * * * * (m/h/dM/MY/d)>"
    )
