"""Logging in: the attempt counted, the password looked at, the tokens given."""

from datetime import datetime

from . import accounts, lockout, tokens
from .errors import WrongCredentials


def begin(*, email: str, password: str, address: str, at: datetime) -> tokens.Pair:
    """The tokens of a new login; `address` is where it is tried from.

    Raises LoginLocked, WrongCredentials. It opens no transaction: Redis is asked and a password
    hashed, and no connection is to wait for either with rows in its hand.
    """
    lockout.attempt(email, address)
    account = accounts.recognised(email=email, password=password)
    if account is None:
        raise WrongCredentials("No account has this e-mail address and password.")
    lockout.succeeded(email, address)
    return tokens.issue(account, at=at)
