"""`check --deploy` finds every published credential that would open the installation."""

import pytest

from ota import checks, demo
from resellers import keys
from resellers.models import ApiKey, Partner, PaymentSecret
from tests import make
from ticketing import scanners
from ticketing.models import Scanner

pytestmark = pytest.mark.django_db


def found() -> list[str]:
    return [
        str(each.msg).partition("valid here: ")[2].removesuffix(".")
        for each in checks.no_published_credentials(None)
    ]


def test_an_installation_without_the_demonstration_has_none() -> None:
    make.api_key()
    assert found() == []


def test_the_key_of_the_demonstrations_scanner_is_one_until_it_is_revoked() -> None:
    demo.seed(at=make.now())
    assert "scanner key demo-12345" in found()
    scanners.revoke(Scanner.objects.get(), at=make.now())
    assert [each for each in found() if each.startswith("scanner key")] == []


def test_every_kind_of_published_credential_is_found() -> None:
    demo.seed(at=make.now())
    kinds = {each.split()[0] for each in found()}
    assert {"API", "scanner", "user", "customer"} <= kinds
    people = len(demo.PEOPLE) + len(demo.CUSTOMERS)
    assert len(found()) >= len(demo.PARTNERS) * 2 + len(demo.VENUES) + people
    for row in ApiKey.objects.all():
        keys.revoke(row, at=make.now())
    PaymentSecret.objects.all().delete()
    Partner.objects.update(is_active=False)
    assert {each.split()[0] for each in found()} == {"scanner", "user", "customer"}
