"""A partner from its registration to its first call, and what becomes of its keys."""

import json
import urllib.request
from typing import Any

from resellers.models import ApiKey, Partner, Reseller
from tests import make

from .desks import Office, Pictures
from .reader import Reader


def partner(office: Office) -> Pictures:
    """Its key, limit, payment secret, first call; then everything that ends them."""
    reader = office.reader("mei")
    name = office.named("NEW-TRAVEL", "XIN-TRAVEL")
    reader.choose("Partners")
    reader.add()
    reader.fill("Partner id", name)
    reader.fill("Name", office.named("New Travel", "新旅行"))
    reader.fill("Requests per minute", 250)
    reader.fill("Contact name", office.named("Wong Siu Ming", "王小明"))
    reader.fill("Contact email", "wong@example.com")
    reader.fill("Reason", office.named("contract 7", "合同 7"))
    reader.press("Save")
    reader.sees("Issue a key")
    reader.fill("Label", office.named("booking website", "订票网站"))
    reader.sees("Environment")
    reader.tick("Live")
    reader.sees("Permissions")
    for permission in ("inventory:read", "reservations:read", "reservations:write"):
        reader.page.get_by_label(permission, exact=True).check()
    reader.press("Issue key")
    key = reader.page.locator("#shown-once").inner_text()
    yield "key", reader.shot()
    reader.press("Copy")
    reader.press("Done")
    reader.press("Change limit")
    reader.fill("Requests per minute", 300)
    reader.fill("Reason", office.named("Golden week", "黄金周"))
    reader.press("Change limit")
    reader.press("New payment secret")
    reader.fill("Reason", office.named("pays by notice", "以通知付款"))
    reader.press("Make a new secret")
    reader.press("Done")
    assert call(office.site, key)["available_quantities"]
    reader.choose("Partners")
    reader.open(name)
    reader.sees("Until its first call")
    reader.sees("ready")
    yield "ready", reader.shot("fieldset")
    for page in ("API calls", "Webhooks", "Deliveries"):
        reader.choose(page)


def call(site: str, key: str) -> Any:
    request = urllib.request.Request(f"{site}/api/ota/inventory", headers={"x-api-key": key})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def keys(office: Office) -> Pictures:
    """A key that is changed, replaced and revoked; a partner that is shut out and let in."""
    reader, of = office.reader("mei"), make.partner(name="Key Travel")
    make.api_key(of)
    reader.choose("API keys")
    reader.open(of.keys.get().public_id)
    reader.press("Change")
    reader.fill("Reason", "tidy")
    reader.press("Change")
    reader.press("Rotate")
    reader.sees("The present one goes on working for")
    reader.fill("Reason", "once a year")
    reader.press("Issue the successor")
    reader.press("Done")
    reader.press("Revoke")
    reader.fill("Reason", "a program was stolen")
    reader.press("Revoke key")
    assert ApiKey.objects.filter(partner=of, revoked_at=None).count() == 1

    for deed, state in (("Deactivate", False), ("Activate", True)):
        reader.choose("Partners")
        reader.open(of.partner_id)
        reader.press(deed)
        reader.fill("Reason", "contract")
        reader.press(f"{deed} partner")
        assert Partner.objects.get(pk=of.pk).is_active is state

    reader.press("New payment secret")
    reader.fill("Reason", "first")
    reader.press("Make a new secret")
    reader.press("Done")
    reader.choose("Payment secrets")
    reader.open(of.partner_id)
    reader.press("End now")
    reader.fill("Reason", "leaked")
    reader.press("End payment secret")
    yield from ()


def resellers(office: Office) -> Pictures:
    """From a file that is wrong, from one that is not; and terms that are changed."""
    reader, code = office.reader("mei"), f"PEAK-{office.lang}"
    reader.choose("Resellers")
    reader.press("Import")
    hand_over(
        reader,
        f"OTA_DEMO,{code},Peak Walks,gold,0.125,2027-09-30",
        f"OTA251103,{code},Harbour Tours,silver,,",
        "OTA_DEMO,KOWLOON 2,Kowloon Walks,,10,2027-02-30",
    )
    yield "import", reader.shot("table")
    hand_over(reader, f"OTA_DEMO,{code},Peak Walks,gold,0.125,2027-09-30")
    reader.fill("Reason", office.named("new contracts", "新合同"))
    reader.press("Import these rows")
    made = Reseller.objects.get(reseller_code=code)
    reader.page.get_by_role("link", name=code).first.click()
    reader.page.fill("[name=tier]", "platinum")
    reader.fill("Reason", office.named("new contract", "新合同"))
    reader.press("Save")
    assert made.history.count() == 2
    reader.page.get_by_role("link", name=code).first.click()
    yield "history", reader.shot("#history-group", top="#history-group")


def hand_over(reader: Reader, *rows: str) -> None:
    head = "partner_id,reseller_code,name,tier,commission_rate,contract_end"
    table = "\n".join([head, *rows]).encode()
    reader.sees("File")
    file: Any = {"name": "resellers.csv", "mimeType": "text/csv", "buffer": table}
    reader.page.set_input_files("[name=file]", file)
    reader.press("Show what would change")


WALKS = {"partner": partner, "keys": keys, "resellers": resellers}
