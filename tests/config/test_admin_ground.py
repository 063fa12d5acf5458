"""Who acts in the back office, and its lists of millions."""

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from config import admin_ground
from config.admin_ground import CappedPaginator


def test_the_longest_name_of_an_account_fits_into_a_history_row() -> None:
    request = RequestFactory().get("/")
    request.user = User(username="u" * 150)

    assert len(admin_ground.staff(request).name) == 80


@pytest.mark.django_db
def test_a_long_list_is_counted_only_as_far_as_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_ground, "COUNTED", 2)
    User.objects.bulk_create(User(username=f"u{n}") for n in range(5))

    assert CappedPaginator(User.objects.order_by("pk"), 2).count == 3
    assert CappedPaginator(User.objects.filter(username="u1").order_by("pk"), 2).count == 1
