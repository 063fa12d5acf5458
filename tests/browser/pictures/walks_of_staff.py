"""Logging in, and what an administrator does about accounts."""

from axes.models import AccessAttempt
from django.contrib.auth.models import User

from tests import make

from .desks import Office, Pictures
from .reader import Reader
from .shots import DESK
from .staff import PASSWORD, code_on, hire


def entrance(office: Office) -> Pictures:
    """A first login, new backup codes, and a login with one of them."""
    name = office.named("sam", "chen")
    hire(name, "Operations")
    new = office.stranger()
    give_the_password(new, name)
    new.sees("Set up your authenticator")
    yield "app", new.shot()
    new.fill("Code", code_on(new.page))
    new.press("Confirm")
    yield "codes", new.shot()
    new.press("I have kept them")

    new.page.set_viewport_size(DESK)
    new.own_menu(name)
    new.press("Change password")
    new.own_menu(name)
    new.press("Backup codes")
    new.press("Make new codes")
    backup = new.page.locator("#backup-codes code").first.inner_text()
    new.press("I have kept them")
    new.own_menu(name)
    new.press("Log out")

    new.page.goto("/admin/")
    give_the_password(new, name)
    new.fill("Code", backup)
    new.press("Continue")
    new.choose("Overview")


def give_the_password(reader: Reader, name: str) -> None:
    reader.fill("Username", name)
    reader.fill("Password", PASSWORD)
    reader.press("Log in")


def accounts(office: Office) -> Pictures:
    """A new colleague, one who lost the phone, one who is locked out."""
    boss, name = office.reader("jo"), office.named("kim", "wang")
    boss.choose("Staff accounts")
    boss.add()
    boss.fill("Username", name)
    boss.fill("Password", PASSWORD)
    boss.fill("Password confirmation", PASSWORD)
    boss.press("Save")
    boss.tick("Staff status")
    boss.sees("Roles")
    boss.page.select_option("#id_groups_from", label=boss.word("Viewer"))
    boss.press_exactly("Choose selected roles", "选择选中的角色")
    boss.fill("Reason", "a new colleague")
    boss.press("Save")
    user = User.objects.get(username=name)
    assert (user.is_staff, [group.name for group in user.groups.all()]) == (True, ["Viewer"])

    boss.choose("Staff accounts")
    boss.open(name)
    boss.press("Reset second factor")
    boss.fill("Reason", "new phone")
    boss.press("Reset second factor")

    boss.choose("Refused logins")
    AccessAttempt.objects.create(
        username=name, ip_address="203.0.113.7", user_agent="", failures_since_start=5,
        attempt_time=make.now(),
    )  # fmt: skip
    boss.page.reload()
    boss.run("Unlock", rows=[name])
    boss.fill("Reason", "it was me")
    boss.press("Unlock")
    assert not AccessAttempt.objects.filter(username=name).exists()
    yield from ()


WALKS = {"entrance": entrance, "accounts": accounts}
