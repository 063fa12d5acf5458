"""Venues, scanners and what happened at gates, as staff see and change them."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests import gate, make
from tests.device import Device, read_qr
from tests.gate import BOARDING
from tests.partner_program import refusal
from ticketing import scanners
from ticketing.models import Redemption, Scan, Scanner, Ticket, Venue

pytestmark = pytest.mark.django_db
VENUE = {
    "code": "PIER-7",
    "name": "Pier 7, Central",
    "functions": BOARDING,
    "is_active": "on",
    "reason": "the pier opens",
    "scanners-TOTAL_FORMS": "0",
    "scanners-INITIAL_FORMS": "0",
}


def page(about: Model, name: str = "change") -> str:
    return reverse(f"admin:ticketing_{about._meta.model_name}_{name}", args=[about.pk])


def list_of(client: Client, model: type[Model], **sought: str) -> list[Any]:
    address = reverse(f"admin:ticketing_{model._meta.model_name}_changelist")
    return list(client.get(address, sought).context["cl"].result_list)


def issue(client: Client, venue: Venue, label: str = "Gate A") -> Any:
    return client.post(page(venue, "issue_scanner"), {"label": label, "reason": "a new gate"})


def clerk(client: Client, *permissions: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


# --- Venues and scanners ---------------------------------------------------------------------


def test_a_venue_is_opened_with_the_functions_it_serves(admin_client: Client) -> None:
    admin_client.post(reverse("admin:ticketing_venue_add"), VENUE)
    venue = Venue.objects.get()
    assert (venue.code, venue.functions, venue.is_active) == ("PIER-7", [BOARDING], True)
    assert (venue.serves(BOARDING), venue.serves("VIP_GIFT")) == (True, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "pier 7"},
        {"code": ""},
        {"functions": "ferry boarding"},
        {"name": ""},
        {"reason": ""},
    ],
)
def test_a_venue_is_not_opened_under_a_code_machines_cannot_use(
    admin_client: Client, wrong: dict[str, str]
) -> None:
    answer = admin_client.post(reverse("admin:ticketing_venue_add"), {**VENUE, **wrong})
    assert (answer.status_code, Venue.objects.count()) == (200, 0)


def test_the_code_of_a_venue_stays_what_histories_call_it(admin_client: Client) -> None:
    venue = gate.venue()
    admin_client.post(page(venue), {**VENUE, "name": "New name"})
    venue.refresh_from_db()
    assert (venue.name, venue.code[:5]) == ("New name", "GATE-")
    shown = admin_client.get(page(venue)).content.decode()
    assert "; functions: " in shown
    assert ". the pier opens" in shown


def test_a_new_scanner_key_is_shown_once_and_works_from_its_picture(admin_client: Client) -> None:
    venue = gate.venue()

    answer = issue(admin_client, venue, "Gate 9")

    key, row = answer.context["secret"], Scanner.objects.get()
    assert (row.venue, row.label, row.public_id in key) == (venue, "Gate 9", True)
    assert read_qr(answer.context["picture"]) == key
    assert Device(key).call("GET", "scanner").status == 200
    assert "no-store" in answer.headers["Cache-Control"]
    later = admin_client.get(page(row)).content + admin_client.get(page(venue)).content
    assert row.public_id in later.decode()
    assert key.split("_")[3] not in later.decode()
    (entry,) = LogEntry.objects.all()
    assert key.split("_")[3] not in entry.change_message


def test_a_scanner_without_a_label_is_not_issued(admin_client: Client) -> None:
    assert issue(admin_client, gate.venue(), "").status_code == 200
    assert not Scanner.objects.exists()


def test_revoking_asks_why_and_shuts_the_device_out(admin_client: Client) -> None:
    row, key = gate.keyed_scanner()
    assert admin_client.post(page(row, "revoke"), {}).status_code == 200
    assert Device(key).call("GET", "scanner").status == 200
    admin_client.post(page(row, "revoke"), {"reason": "lost on the pier"})
    assert refusal(Device(key).call("GET", "scanner")) == (401, "invalid_scanner_key")
    (told,) = LogEntry.objects.values_list("change_message", flat=True)
    assert re.fullmatch(r"Revoke scanner key: lost on the pier \([0-9a-f]{32}\)", told)
    row.refresh_from_db()
    first = row.revoked_at
    admin_client.post(page(row, "revoke"), {"reason": "again"})
    row.refresh_from_db()
    assert (row.revoked_at, LogEntry.objects.count()) == (first, 1)


def test_a_rotated_device_stays_who_it_is_and_only_its_new_key_works(
    admin_client: Client,
) -> None:
    row, old = gate.keyed_scanner()
    ticket = gate.ticket()
    gate.scan(ticket, by=row)
    assert admin_client.post(page(row, "rotate"), {}).status_code == 200
    assert Device(old).call("GET", "scanner").status == 200  # nobody said why

    answer = admin_client.post(page(row, "rotate"), {"reason": "sticker was photographed"})

    new = answer.context["secret"]
    assert read_qr(answer.context["picture"]) == new
    assert refusal(Device(old).call("GET", "scanner")) == (401, "invalid_scanner_key")
    scan_id = ticket.scans.get().scan_id
    assert Device(new).call("POST", f"redemptions/{scan_id}/undo").status == 200
    assert "sticker was photographed" in admin_client.get(page(row)).content.decode()
    assert Scanner.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_revoked_device_gets_no_new_key(admin_client: Client) -> None:
    row, _ = gate.keyed_scanner()
    scanners.revoke(row, at=make.now())
    answer = admin_client.post(page(row, "rotate"), {"reason": "found"}, follow=True)
    assert "was revoked" in answer.content.decode()


def test_a_list_of_venues_counts_the_keys_that_work(admin_client: Client) -> None:
    venue = gate.venue()
    for number in range(3):
        row, _ = gate.keyed_scanner(at=venue)
        if number:
            scanners.revoke(row, at=make.now())
    (shown,) = list_of(admin_client, Venue)
    assert shown.live == 1


def test_who_may_only_look_issues_and_revokes_nothing(client: Client) -> None:
    row, key = gate.keyed_scanner()
    staff = clerk(client, "view_venue", "view_scanner")
    assert staff.get(page(row.venue)).status_code == 200
    assert issue(staff, row.venue).status_code == 403
    assert staff.post(page(row, "revoke"), {"reason": "x"}).status_code == 403
    assert Scanner.objects.count() == 1
    assert Device(key).call("GET", "scanner").status == 200


# --- What happened ---------------------------------------------------------------------------


def test_scans_are_found_by_their_reason_and_their_ticket(admin_client: Client) -> None:
    ticket, device = gate.ticket(), gate.scanner()
    gate.redeem(ticket)
    gate.scan(ticket, by=device)
    gate.scan("forged", by=device)
    reasons = [scan.code for scan in list_of(admin_client, Scan, q=ticket.code)]
    assert reasons == ["ticket_used", ""]
    (forged,) = list_of(admin_client, Scan, code__exact="token_invalid")
    assert forged.ticket is None
    shown = admin_client.get(page(forged)).content.decode()
    assert "Not a valid QR code" in shown


def test_uses_are_shown_as_taken_and_given_back_also_beside_their_ticket(
    admin_client: Client,
) -> None:
    ticket, device = gate.ticket(2), gate.scanner()
    gate.scan(ticket, by=device)
    gate.undo(ticket.scans.get().scan_id, device)
    uses = list_of(admin_client, Redemption, q=ticket.code)
    assert [(use.change, use.remaining) for use in uses] == [(1, 2), (-1, 1)]
    shown = admin_client.get(page(ticket)).content.decode()
    assert shown.count(gate.BY.name) == 2


# --- A ticket is reissued --------------------------------------------------------------------


def test_a_reissue_asks_why_and_ends_every_qr_so_far(admin_client: Client) -> None:
    ticket = gate.ticket()
    old = gate.printed(ticket)
    assert admin_client.post(page(ticket, "reissue"), {}).status_code == 200
    assert Ticket.objects.get().generation == 1
    admin_client.post(page(ticket, "reissue"), {"reason": "lost"})
    assert Ticket.objects.get().generation == 2
    last = ticket.history.latest("id")
    assert (last.by, last.reason) == ("staff:admin", "lost")
    assert gate.scan(old).code == "superseded_qr"


@pytest.mark.django_db(transaction=True)
def test_what_was_used_is_not_reissued_and_staff_are_told_why(admin_client: Client) -> None:
    ticket = gate.use_up(gate.ticket())
    answer = admin_client.post(page(ticket, "reissue"), {"reason": "lost"}, follow=True)
    assert "Every use of this ticket is taken." in answer.content.decode()
    assert Ticket.objects.get().generation == 1


def test_who_may_not_reissue_does_not(client: Client) -> None:
    ticket = gate.ticket()
    staff = clerk(client, "view_ticket", "expire_ticket")
    assert staff.post(page(ticket, "reissue"), {"reason": "lost"}).status_code == 403
    assert Ticket.objects.get().generation == 1
