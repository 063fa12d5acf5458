"""The second step of a login: an app is enrolled, its codes are taken once, backup codes too."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from pytest_django.fixtures import Settings

from ota import roles
from ota.entrance import two_factor
from ota.models import Authenticator
from tests.config.test_csp import policy

pytestmark = pytest.mark.django_db
PASSWORD = "a-password-of-the-tests"
OFFICE, LOGIN = "/admin/", "/admin/login/"
STEP, ENROLMENT = "/admin/second-step/", "/admin/second-step/enrolment"
ORDERS = "/admin/ticketing/order/"


@pytest.fixture(autouse=True)
def two_steps(settings: Settings) -> None:
    settings.STAFF_TWO_FACTOR = True


@pytest.fixture
def colleague() -> User:
    user = User.objects.create_user("mei", password=PASSWORD, is_staff=True)
    user.groups.add(roles.group("Viewer"))
    return user


def know_password(client: Client, leads_to: str = OFFICE) -> Any:
    """The first step; where it leads at last."""
    form = {"username": "mei", "password": PASSWORD, "next": leads_to}
    return client.post(f"{LOGIN}?next={leads_to}", form, follow=True)


def app_of(user: User) -> str:
    """Enrol an app, as a guest of the pages would; its key."""
    two_factor.begin(user)
    Authenticator.objects.update(confirmed=True)
    return Authenticator.objects.get().key


def code(user: User, steps: int = 0) -> str:
    """What the app of somebody shows, now or some half minutes from now."""
    device = Authenticator.objects.get(user=user)
    totp = TOTP(device.bin_key)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def told(page: Any) -> str:
    return page.content.decode()


def codes_on(page: Any) -> list[str]:
    return re.findall(r"<code[^>]*>([a-z2-7]{5}-[a-z2-7]{5})</code>", told(page))


def is_inside(client: Client) -> bool:
    return client.get(OFFICE).status_code == 200


def test_who_has_no_app_is_led_to_one_before_anything_else(client: Client, colleague: User) -> None:
    page = know_password(client, ORDERS)
    assert page.redirect_chain[-1][0] == f"{ENROLMENT}?next=%2Fadmin%2Fticketing%2Forder%2F"
    assert client.get(ORDERS).status_code == 302
    assert client.get(reverse("admin:password_change")).status_code == 302

    key = re.search(r'id="enrolment-key"[^>]*>([A-Z2-7 ]+)<', told(page))
    assert key is not None
    assert 'src="data:image/svg+xml' in told(page)
    wrong = client.post(ENROLMENT, {"code": "000000", "next": ORDERS})
    assert key[1] not in told(wrong)  # shown once
    Authenticator.objects.update(throttling_failure_timestamp=None)

    entered = client.post(ENROLMENT, {"code": code(colleague), "next": ORDERS})
    codes = codes_on(entered)
    assert len(set(codes)) == two_factor.NUMBER_OF_BACKUP_CODES
    assert f'href="{ORDERS}"' in told(entered)
    assert client.get(ORDERS).status_code == 200
    assert LogEntry.objects.get().change_message == "Enrolled an authenticator."
    assert client.get(ENROLMENT).status_code == 302


def test_a_code_of_the_app_opens_and_the_same_code_never_again(
    client: Client, colleague: User
) -> None:
    app_of(colleague)
    page = know_password(client, ORDERS)
    assert page.redirect_chain[-1][0].startswith(STEP)
    used = code(colleague)

    assert client.post(STEP, {"code": used, "next": ORDERS}).headers["Location"] == ORDERS
    assert client.get(ORDERS).status_code == 200

    other = Client()
    know_password(other)
    assert "used before" in told(other.post(STEP, {"code": used}))
    assert not is_inside(other)


def test_wrong_codes_make_the_wait_longer_and_the_right_one_wait_too(
    client: Client, colleague: User
) -> None:
    app_of(colleague)
    know_password(client)
    for expected in ("Try another one in 1 second.", "Try another one in 2 seconds."):
        assert expected in told(client.post(STEP, {"code": "000000"}))
        waited = Authenticator.objects.get()
        waited.throttling_failure_timestamp -= timedelta(
            seconds=2 ** (waited.throttling_failure_count - 1)
        )
        waited.save()
    client.post(STEP, {"code": "000000"})

    refused = client.post(STEP, {"code": code(colleague)})

    assert "Try another one in 4 seconds." in told(refused)
    assert not is_inside(client)


def test_a_backup_code_opens_once(client: Client, colleague: User) -> None:
    app_of(colleague)
    first, second, *_ = two_factor.new_backup_codes(colleague)
    know_password(client)

    assert client.post(STEP, {"code": first.upper()}).status_code == 302
    assert is_inside(client)
    assert two_factor.backup_codes_left(colleague) == 9

    other = Client()
    know_password(other)
    other.post(STEP, {"code": first})
    assert not is_inside(other)
    StaticDevice.objects.update(throttling_failure_timestamp=None)
    other.post(STEP, {"code": second.replace("-", " ")})
    assert is_inside(other)


def test_no_code_of_one_colleague_opens_for_another(client: Client, colleague: User) -> None:
    app_of(colleague)
    stranger = User.objects.create_user("stranger", is_staff=True)
    theirs = two_factor.new_backup_codes(stranger)
    know_password(client)

    client.post(STEP, {"code": theirs[0]})

    assert not is_inside(client)
    assert two_factor.backup_codes_left(stranger) == 10


def test_what_the_database_keeps_makes_no_code(colleague: User) -> None:
    app_of(colleague)
    codes = two_factor.new_backup_codes(colleague)
    device = Authenticator.objects.get()

    assert bytes.fromhex(device.key) != device.bin_key
    plain = {each.replace("-", "") for each in codes}
    assert not plain & set(StaticToken.objects.values_list("token", flat=True))


def test_new_backup_codes_end_the_earlier_ones(client: Client, colleague: User) -> None:
    app_of(colleague)
    before = two_factor.new_backup_codes(colleague)
    know_password(client)
    client.post(STEP, {"code": code(colleague)})
    assert "10 of your backup codes are left" in told(client.get(reverse("backup-codes")))

    new = codes_on(client.post(reverse("backup-codes")))

    assert len(new) == 10
    assert not set(new) & set(before)
    assert two_factor.check(colleague, before[0]).device is None


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/admin/", "//evil.example", "/\\evil.example", "/docs", "javascript:x"],
)
def test_nobody_is_led_elsewhere(client: Client, colleague: User, elsewhere: str) -> None:
    app_of(colleague)
    know_password(client)

    entered = client.post(STEP, {"code": code(colleague), "next": elsewhere})

    assert entered.headers["Location"] == OFFICE
    assert client.get(STEP, {"next": elsewhere}).headers["Location"] == OFFICE


def test_an_administrator_resets_a_colleague_who_enrols_anew(
    client: Client, colleague: User, admin_user: User, settings: Settings
) -> None:
    app_of(colleague)
    two_factor.new_backup_codes(colleague)
    know_password(client)
    client.post(STEP, {"code": code(colleague)})
    assert is_inside(client)
    settings.STAFF_TWO_FACTOR = False
    boss = Client()
    boss.force_login(admin_user)
    page = reverse("admin:auth_user_reset_second_factor", args=[colleague.pk])

    assert "reason" in told(boss.post(page, {}))  # asked for one
    assert Authenticator.objects.exists()
    boss.post(page, {"reason": "lost phone, called back"})
    settings.STAFF_TWO_FACTOR = True

    assert not is_inside(client)
    assert not Authenticator.objects.exists()
    assert two_factor.backup_codes_left(colleague) == 0
    assert "lost phone" in LogEntry.objects.get(user=admin_user).change_message
    assert know_password(client).redirect_chain[-1][0].startswith(ENROLMENT)


def test_the_last_administrator_is_helped_by_a_command(colleague: User) -> None:
    app_of(colleague)

    call_command("reset_second_factor", "mei")

    assert not Authenticator.objects.exists()


def test_who_typed_the_address_of_the_login_comes_to_the_overview(
    client: Client, colleague: User
) -> None:
    app_of(colleague)
    page = client.post(LOGIN, {"username": "mei", "password": PASSWORD}, follow=True)

    assert page.redirect_chain[-1][0].startswith(STEP)
    assert client.post(STEP, {"code": code(colleague)}).headers["Location"] == OFFICE


def test_who_has_left_the_first_step_begins_again(client: Client, colleague: User) -> None:
    assert client.get(STEP).headers["Location"].startswith(LOGIN)  # without a password
    know_password(client)

    client.post(ENROLMENT, {"leave": "1"})

    assert client.get(ENROLMENT).headers["Location"].startswith(LOGIN)
    assert not Authenticator.objects.filter(confirmed=True).exists()


def test_without_the_setting_the_password_is_enough(
    client: Client, colleague: User, settings: Settings
) -> None:
    settings.STAFF_TWO_FACTOR = False

    assert know_password(client, ORDERS).redirect_chain[-1][0] == ORDERS
    assert client.get(STEP).headers["Location"] == OFFICE


def test_the_pages_between_are_no_looser_than_the_back_office(
    client: Client, colleague: User
) -> None:
    login = policy(client.get(LOGIN))
    know_password(client)
    enrolment = client.get(ENROLMENT)

    assert policy(enrolment) == login
    assert "no-store" in enrolment.headers["Cache-Control"]
    app_of(colleague)
    assert policy(client.get(STEP)) == login


def test_the_language_that_was_chosen_stays_through_the_login(
    client: Client, colleague: User
) -> None:
    assert 'value="zh-hans"' in told(client.get(LOGIN))
    client.post(reverse("admin:set_language"), {"language": "zh-hans", "next": LOGIN})
    app_of(colleague)

    page = know_password(client)
    assert page.headers["Content-Language"] == "zh-hans"
    assert "身份验证器" in told(page)
    client.post(STEP, {"code": code(colleague)})

    assert client.get(OFFICE).headers["Content-Language"] == "zh-hans"
    assert int(client.cookies["django_language"]["max-age"]) > 10_000_000
