"""`check --deploy` finds every published credential that would open the installation."""

import os
import subprocess
import sys

import pytest
from django.core.checks import CheckMessage
from pytest_django.fixtures import Settings

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


def test_who_waits_for_mail_without_a_server_is_warned(settings: Settings) -> None:
    assert checks.operators_can_be_mailed(None) == []
    settings.ALERT_EMAILS = ["ops@example.org"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert ids(checks.operators_can_be_mailed(None)) == ["ota.W004"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert checks.operators_can_be_mailed(None) == []


def ids(found: list[CheckMessage]) -> list[str | None]:
    return [each.id for each in found]


def test_a_password_alone_is_an_error_unless_somebody_said_so(settings: Settings) -> None:
    settings.STAFF_TWO_FACTOR, settings.STAFF_TWO_FACTOR_IS_SAID = False, False
    assert ids(checks.staff_come_in_by_two_steps(None)) == ["ota.E002"]
    settings.STAFF_TWO_FACTOR_IS_SAID = True
    assert ids(checks.staff_come_in_by_two_steps(None)) == ["ota.W002"]
    settings.STAFF_TWO_FACTOR = True
    assert ids(checks.staff_come_in_by_two_steps(None)) == []


def test_limits_of_nothing_and_a_proxy_that_stands_for_everybody_are_found(
    settings: Settings,
) -> None:
    assert ids(checks.logins_are_limited(None)) == []
    settings.STAFF_LOGIN_ATTEMPTS = settings.STAFF_SESSION_HOURS = 0
    settings.OVER_HTTPS, settings.TRUSTED_PROXIES = True, 0
    assert ids(checks.logins_are_limited(None)) == ["ota.E003", "ota.E003", "ota.W003"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DEMO": "0", "DEBUG": "0"}, "True"), ({"DEMO": "1", "DEBUG": "0"}, "False"),
        ({"DEMO": "1", "STAFF_TWO_FACTOR": "1"}, "True"), ({"STAFF_TWO_FACTOR": "0"}, "False"),
    ],
)  # fmt: skip
def test_the_second_step_is_on_where_it_is_not_the_demo(
    environment: dict[str, str], expected: str
) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "STAFF_TWO_FACTOR"}
    program = "from config import settings; print(settings.STAFF_TWO_FACTOR)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        env=clean | environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == expected
