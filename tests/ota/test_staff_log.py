"""The staff log: what it keeps stays, whoever would rather it did not."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> LogEntry:
    clerk = User.objects.create_user("clerk", is_staff=True)
    return LogEntry.objects.create(user=clerk, object_repr="a price", action_flag=CHANGE)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: LogEntry.objects.filter(pk=entry.pk).update(change_message=""),
        lambda entry: LogEntry.objects.filter(pk=entry.pk).delete(),
        lambda entry: entry.user.delete(),
    ],
    ids=["rewritten", "deleted", "deleted with its account"],
)
def test_the_database_keeps_an_entry_as_it_is(
    entry: LogEntry, change: Callable[[LogEntry], object]
) -> None:
    with pytest.raises(IntegrityError, match="is history"), transaction.atomic():
        change(entry)

    assert LogEntry.objects.get().object_repr == "a price"


def test_who_has_done_something_is_closed_and_not_deleted(
    entry: LogEntry, admin_client: Client
) -> None:
    page = reverse("admin:auth_user_delete", args=[entry.user.pk])
    assert admin_client.post(page, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [entry.user.pk], "post": "yes"}
    admin_client.post(reverse("admin:auth_user_changelist"), chosen)

    assert User.objects.filter(username="clerk").exists()
