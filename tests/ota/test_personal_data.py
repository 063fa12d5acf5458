"""People are masked on every page and in every file; whoever looks behind it is written down."""

import json
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.actors import Actor
from customers.models import Account
from ota import roles
from ota.models import Authenticator, IdempotencyRecord, PartnerMail, WebhookSecret
from resellers import registration
from resellers.models import (
    ApiKey,
    Partner,
    PartnerChange,
    PaymentSecret,
    Reseller,
    ResellerChange,
)
from tests import canaries, make, shop
from ticketing.models import Customer, Order, PaymentNotice, Scanner

pytestmark = pytest.mark.django_db


def entered(role: str, *, without: str = "") -> Client:
    user = User.objects.create_user(role.lower().replace(" ", "-"), is_staff=True)
    user.groups.add(roles.group(role))
    if without:
        group = user.groups.get()
        group.permissions.remove(Permission.objects.get(codename=without))
    client = Client()
    client.force_login(user)
    return client


def address(row: Model | type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=args)


def told(page: Any) -> str:
    return page.content.decode()


def people() -> list[Model]:
    """Somebody of every kind, with what is personal about each."""
    make.ticket()
    shop.ticket()
    partner = make.partner()
    Partner.objects.filter(pk=partner.pk).update(
        contact_name="Ho Siu Ming", contact_email="ho.siu.ming@partner.example"
    )
    reseller = make.reseller(partner)
    Reseller.objects.filter(pk=reseller.pk).update(
        contact_name="Wong Ka Yan", contact_email="wong.ka.yan@reseller.example",
        contact_phone="+85298765432",
    )  # fmt: skip
    customer = Customer.objects.exclude(name="").first()
    account = Account.objects.first()
    assert customer is not None
    assert account is not None
    return [customer, account, Partner.objects.get(pk=partner.pk), Reseller.objects.get()]


def personal(row: Any) -> list[str]:
    names = ("name", "email", "phone") if isinstance(row, Customer | Account) else ()
    contacts = ("contact_name", "contact_email", "contact_phone")
    return [value for each in (*names, *contacts) if (value := getattr(row, each, ""))]


def test_nobody_is_shown_in_a_list_or_on_a_page_until_somebody_looks() -> None:
    rows = people()
    client = entered("Operations")
    for row in rows:
        pages = told(client.get(address(row, "changelist")))
        pages += told(client.get(address(row, "change", row.pk)))
        assert [each for each in personal(row) if each in pages] == [], row
        assert "•••" in pages

        canaries.HEARD.clear()
        unsaid = client.post(address(row, "reveal", row.pk), {"reason": " "}, follow=True)
        assert [each for each in personal(row) if each in told(unsaid)] == []
        shown = client.post(address(row, "reveal", row.pk), {"reason": "called the desk"})

        assert [each for each in personal(row) if each not in told(shown)] == [], row
        assert "no-store" in shown.headers["Cache-Control"]
        noted = LogEntry.objects.filter(object_id=str(row.pk)).latest("pk")
        assert noted.change_message.endswith(": called the desk")
        heard = [json.loads(line) for line in canaries.HEARD if "ota.staff.revealed" in line]
        assert [(line["staff"], line["row"]) for line in heard] == [("operations", str(row.pk))]
        assert not any(each in line for line in canaries.HEARD for each in personal(row))
        assert personal(row)[0] not in noted.change_message + noted.object_repr


def test_looking_takes_the_permission_and_a_click() -> None:
    customer, *others = people()
    client = entered("Operations", without="reveal_personal_data")

    for row in (customer, *others):
        assert client.post(address(row, "reveal", row.pk)).status_code == 403
        assert "reveal-form" not in told(client.get(address(row, "change", row.pk)))
    assert entered("Viewer").post(address(customer, "reveal", customer.pk)).status_code == 403
    allowed = entered("Administrator")
    assert allowed.get(address(customer, "reveal", customer.pk)).status_code == 405
    assert not LogEntry.objects.exists()


def test_who_edits_a_contact_reads_it() -> None:
    _customer, _account, partner, reseller = people()
    client = entered("Partner manager")
    for row in (partner, reseller):
        page = told(client.get(address(row, "change", row.pk)))
        assert personal(row)[1] in page
        assert "reveal-form" not in page


def test_a_whole_address_is_found_and_a_part_of_it_is_not() -> None:
    customer, account, *_others = people()
    client = entered("Operations")
    for row in (customer, account):
        email = row.email  # type: ignore[attr-defined]

        def found(sought: str, row: Model = row) -> int:
            page = client.get(address(row, "changelist"), {"q": sought})
            return len(page.context["cl"].result_list)

        assert found(email.upper()) > 0
        assert (found(email[:-1]), found(email.partition("@")[0])) == (0, 0)


SECRET: list[tuple[type[Model], str]] = [
    (Customer, "email__startswith"), (Customer, "phone__contains"), (Customer, "name__gt"),
    (Account, "email__istartswith"), (Account, "password__startswith"),
    (Partner, "contact_email__startswith"), (Reseller, "contact_phone__contains"),
    (User, "email__startswith"), (User, "password__startswith"),
    (IdempotencyRecord, "body__contains"), (ResellerChange, "after__contact_email__startswith"),
    (PartnerChange, "before__contact_email__gt"), (Authenticator, "key__startswith"),
    (AccessAttempt, "user_agent__startswith"), (PaymentNotice, "body__contains"),
    (ApiKey, "digest__gt"), (Scanner, "digest__gt"), (PaymentSecret, "sealed__gt"),
    (WebhookSecret, "sealed__gt"), (Order, "customer__email__startswith"),
    (LogEntry, "user__password__startswith"), (PartnerMail, "payload__contains"),
]  # fmt: skip


def test_no_address_of_a_list_guesses_letter_by_letter() -> None:
    client = entered("Administrator")
    answers = {
        (model, lookup): client.get(address(model, "changelist"), {lookup: "a"}).status_code
        for model, lookup in SECRET
    }

    assert answers == dict.fromkeys(SECRET, 400)


def test_a_file_is_masked_for_whom_people_are() -> None:
    *_others, reseller = people()
    page = f"{address(reseller, 'changelist')}export.csv"

    masked = entered("Viewer").get(page).content.decode()
    clear = entered("Partner manager").get(page).content.decode()

    assert [each for each in personal(reseller) if each in masked] == []
    assert "w•••@reseller.example" in masked
    assert [each for each in personal(reseller) if each not in clear] == []
    assert [each.change_message for each in LogEntry.objects.order_by("pk")] == [
        "Exported 1 resellers as CSV, contacts masked.",
        "Exported 1 resellers as CSV, with contacts.",
    ]


def test_a_masked_file_is_not_taken_back() -> None:
    people()
    page = address(Reseller, "changelist")
    masked = entered("Viewer").get(f"{page}export.csv").content

    file = SimpleUploadedFile("resellers.csv", masked)
    preview = entered("Partner manager").post(address(Reseller, "import_file"), {"file": file})

    assert preview.context["is_sound"] is False


def test_the_history_of_a_reseller_tells_no_contact() -> None:
    partner = make.partner()
    reseller = make.reseller(partner)
    registration.amend(
        partner=partner, reseller_id=reseller.pk, at=timezone.now(), by=Actor("staff:mei"),
        contact_email="wong.ka.yan@reseller.example", contact_name="Wong Ka Yan",
    )  # fmt: skip
    client = entered("Operations")
    row = ResellerChange.objects.latest("pk")

    pages = told(client.get(address(reseller, "change", reseller.pk)))
    pages += told(client.get(address(row, "change", row.pk)))

    assert "w•••@reseller.example" in pages
    assert "wong.ka.yan" not in pages
