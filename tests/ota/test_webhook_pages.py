"""Staff look at webhooks, turn one off with a reason, and send a notice again."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from ota.models import Delivery, WebhookEndpoint
from tests import hooks, make

pytestmark = pytest.mark.django_db


def page(name: str, pk: object) -> str:
    return reverse(f"admin:ota_{name}", args=[pk])


def test_an_endpoint_is_turned_off_with_a_reason_and_on_again(admin_client: Client) -> None:
    mine = hooks.endpoint()
    admin_client.post(page("webhookendpoint_turn_off", mine.pk), {"reason": "It floods itself."})
    mine.refresh_from_db()
    assert (mine.is_active, mine.disabled_why, mine.disabled_note) == (
        False,
        "staff",
        "It floods itself.",
    )
    shown = admin_client.get(page("webhookendpoint_change", mine.pk)).content.decode()
    assert "It floods itself." in shown
    assert hooks.secret_of(mine) not in shown
    admin_client.post(page("webhookendpoint_turn_on", mine.pk), {"reason": "Mended."})
    mine.refresh_from_db()
    assert (mine.is_active, mine.disabled_at, mine.disabled_note) == (True, None, "")


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_sent_again_from_its_page_and_from_the_list(admin_client: Client) -> None:
    made, other = hooks.delivered(), hooks.delivered()
    admin_client.get(page("delivery_replay", made.pk))
    made.refresh_from_db()
    assert made.state == "delivered"  # looking changes nothing
    admin_client.post(page("delivery_replay", made.pk), {"reason": "They lost it."})
    noted = LogEntry.objects.get().change_message
    assert noted.startswith("Send again: They lost it. (")  # and the request
    chosen = {"action": "replay_all", "_selected_action": [made.pk, other.pk]}
    log = reverse("admin:ota_delivery_changelist")
    asked = admin_client.post(log, chosen).content.decode()
    other.refresh_from_db()
    assert ('name="reason"' in asked, other.state) == (True, "delivered")
    why = {"confirmed": "1", "reason": "Both were lost."}
    answer = admin_client.post(log, chosen | why, follow=True)
    assert "delivery_pending" in answer.content.decode()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}


def test_moments_of_a_notice_are_written_as_the_reader_writes_them(admin_client: Client) -> None:
    made = hooks.waiting(hooks.endpoint())
    Delivery.objects.filter(pk=made.pk).update(next_attempt_at=datetime(2030, 5, 1, tzinfo=UTC))
    shown = admin_client.get(page("delivery_change", made.pk)).content.decode()
    assert "1 May 2030, 08:00:00" in shown


def test_nobody_without_the_permission_does_either(client: Client) -> None:
    made = hooks.delivered()
    viewer = User.objects.create_user("viewer", is_staff=True)
    names = ["view_webhookendpoint", "view_delivery"]
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(viewer)
    assert client.get(page("delivery_change", made.pk)).status_code == 200
    client.post(page("delivery_replay", made.pk), {"reason": "x"})
    client.post(page("webhookendpoint_turn_off", made.endpoint_id), {"reason": "x"})
    made.refresh_from_db()
    assert made.state == "delivered"
    assert WebhookEndpoint.objects.get().is_active


def test_what_fails_or_is_off_is_one_click_away(admin_client: Client) -> None:
    well, failing, off, removed = (hooks.endpoint() for _ in range(4))
    WebhookEndpoint.objects.filter(pk=failing.pk).update(failing_since=make.now())
    hooks.turn(off, "disabled")
    WebhookEndpoint.objects.filter(pk=removed.pk).update(removed_at=make.now())

    webhooks = reverse("admin:ota_webhookendpoint_changelist")
    shown = {
        doing: set(admin_client.get(webhooks, {"doing": doing}).context["cl"].queryset)
        for doing in ("badly", "well")
    }
    assert shown == {"badly": {failing, off}, "well": {well, removed}}
    assert f"{webhooks}?doing=badly" in admin_client.get(webhooks).content.decode()


def test_the_log_of_one_endpoint_is_one_click_away(admin_client: Client) -> None:
    mine, _ = hooks.delivered(), hooks.delivered()
    answer = admin_client.get(page("webhookendpoint_see_deliveries", mine.endpoint_id), follow=True)
    assert answer.context["cl"].result_count == 1
