"""Open an account, log in, stay logged in, log out."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config import rate_limits
from config.api.addresses import address_of
from config.api.answers import answers
from config.api.fields import Email, Text
from config.api.reading import read
from config.api.retries import with_retries
from config.api.strict import Strict
from customers import accounts, logins, tokens
from customers.errors import InvalidRefreshToken, LoginLocked, WrongCredentials
from customers.for_customers import ForAnybody

from . import examples

LONGEST_TOKEN = 2000


class Password(Text):
    """A password as it is typed: nothing is trimmed, and it is not blank."""

    def __init__(self, **options: Any):
        super().__init__(max_length=128, **{"trim_whitespace": False, **options})

    def run_validation(self, data: Any = "") -> Any:
        if isinstance(data, str) and data and not data.strip():
            self.fail("blank")
        return super().run_validation(data)


class Registration(Strict):
    """A new customer."""

    email = Email(help_text="Upper and lower case are the same.")
    password = Password(help_text="8 to 128 characters, not a common one.")
    name = Text(max_length=100, required=False, help_text="In any script.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values, if the password keeps the rules."""
        weak = accounts.weaknesses(**values)
        if weak:
            raise ValidationError({"password": [ErrorDetail(text, code) for code, text in weak]})
        return values


class Registered(Strict):
    """What is told of an account; the same whether or not the address had one."""

    email = Email()


class Credentials(Strict):
    """What a customer logs in with."""

    email = Email()
    password = Password()


class RefreshRequest(Strict):
    """The newest refresh token of a login."""

    refresh = Text(max_length=LONGEST_TOKEN)


class TokenPair(Strict):
    """The tokens of a login; each refresh token works once."""

    access = Text(max_length=LONGEST_TOKEN, help_text="For Authorization: Bearer, 15 minutes.")
    refresh = Text(max_length=LONGEST_TOKEN, help_text="For a new pair, within 14 days.")


class LoginView(ForAnybody):
    """An endpoint where accounts are opened and logins begin: fewer requests are taken here."""

    tags = ["Customers"]

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        limit = settings.LOGIN_REQUESTS_PER_MINUTE
        self.spend(rate_limits.count("login", address_of(request), limit))


class RegisterView(LoginView):
    @answers(
        201,
        Registered,
        request=Registration,
        operation="register_customer",
        example=examples.REGISTERED,
        request_example=examples.REGISTRATION,
    )
    def post(self, request: Request) -> Response:
        """Open an account.

        An address that has an account already gets the same answer, and nothing changes.
        """
        wish = read(request, Registration)
        with_retries(accounts.register)(at=timezone.now(), **wish)
        return Response({"email": wish["email"]}, 201)


class TokenView(LoginView):
    @answers(
        200,
        TokenPair,
        request=Credentials,
        refusals=[WrongCredentials, LoginLocked],
        operation="log_in",
        example=examples.TOKENS,
        request_example=examples.CREDENTIALS,
    )
    def post(self, request: Request) -> Response:
        """Log in.

        Too many wrong passwords for an address lock its login for a quarter of an hour.
        """
        given = read(request, Credentials)
        return _pair(logins.begin(**given, address=address_of(request), at=timezone.now()))


class RefreshView(LoginView):
    @answers(
        200,
        TokenPair,
        request=RefreshRequest,
        refusals=[InvalidRefreshToken],
        operation="refresh_login",
        example=examples.TOKENS,
        request_example=examples.REFRESH,
    )
    def post(self, request: Request) -> Response:
        """Stay logged in.

        Gives a new pair for a refresh token, which works this once. Keep the new one.
        """
        refresh = read(request, RefreshRequest)["refresh"]
        return _pair(with_retries(tokens.renew)(refresh, at=timezone.now()))


class LogoutView(LoginView):
    @answers(
        204,
        request=RefreshRequest,
        operation="log_out",
        request_example=examples.REFRESH,
    )
    def post(self, request: Request) -> Response:
        """Log out.

        Ends the refresh token, whatever it was worth; the access token ends by itself, within
        its quarter of an hour.
        """
        with_retries(tokens.end)(read(request, RefreshRequest)["refresh"])
        return Response(status=204)


def _pair(pair: tokens.Pair) -> Response:
    return Response({"access": pair.access, "refresh": pair.refresh})
