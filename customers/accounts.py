"""Accounts of customers: opened, recognised by a password, erased."""

import uuid
from datetime import datetime

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation

from .errors import InvalidToken
from .models import Account


def weaknesses(password: str, *, email: str, name: str = "") -> list[tuple[str, str]]:
    """The rules of the settings that a password breaks, each with its code; [] for a good one."""
    owner = Account(email=email, name=name)
    try:
        with translation.override("en"):
            password_validation.validate_password(password, owner)  # type: ignore[arg-type]
    except ValidationError as error:
        return [(each.code or "weak", str(each.messages[0])) for each in error.error_list]
    return []


@transaction.atomic
def register(*, email: str, password: str, name: str = "", at: datetime) -> None:
    """Open an account. Where the address has one nothing happens, and it takes as long."""
    account = Account(
        email=email.lower(), name=name, password=make_password(password), created_at=at
    )
    Account.objects.bulk_create([account], ignore_conflicts=True)


def recognised(*, email: str, password: str) -> Account | None:
    """The active account with this address and password; None for everything else.

    Where there is no such account a password is hashed all the same: the same answer after
    the same work, so that nobody learns who is a customer.
    """
    account = Account.objects.called(email).filter(is_active=True).first()
    if account is None:
        make_password(password)
        return None

    def renew(raw: str) -> None:  # hashed anew where the settings ask for more by now
        Account.objects.filter(pk=account.pk).update(password=make_password(raw))

    return account if check_password(password, account.password, renew) else None


def locked(account_id: uuid.UUID) -> Account:
    """A step: the account, locked so that it is not erased meanwhile; raises InvalidToken."""
    active = Account.objects.filter(is_active=True)
    account = active.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise InvalidToken("This account is closed.")
    return account


def erase(account: Account, *, at: datetime) -> None:
    """A step: nobody logs in with a locked account any more, and nothing of the person is left."""
    account.email, account.name, account.password = None, "", ""
    account.is_active, account.erased_at = False, at
    account.save(update_fields=["email", "name", "password", "is_active", "erased_at"])
