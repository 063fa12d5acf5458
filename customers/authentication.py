"""From a bearer token to the customer behind it."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from . import tokens
from .errors import CHALLENGE, InvalidToken, MissingToken
from .models import Account

LONGEST_TOKEN = 2000


class CustomerAuthentication(BaseAuthentication):
    """`request.user` becomes the Account an access token was issued for."""

    absent, refused = MissingToken, InvalidToken
    security = (
        "BearerAuth",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a customer; partner endpoints take none.",
        },
    )

    def authenticate(self, request: Request) -> tuple[Account, None]:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            raise MissingToken("Send Authorization: Bearer <access>.")
        scheme, _, token = header.partition(" ")
        is_bearer = scheme.lower() == "bearer" and len(token) <= LONGEST_TOKEN
        account = tokens.account_of(token) if is_bearer else None
        if account is None:
            raise InvalidToken("This token is not valid. Get a new one.")
        return account, None

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
