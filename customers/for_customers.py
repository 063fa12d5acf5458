"""What every endpoint of the direct channel has in common: who calls, and how often."""

from typing import cast

from django.conf import settings
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from config import rate_limits
from config.actors import Actor
from config.api.addresses import address_of
from config.api.counted import Counted
from config.api.middleware import request_id_of

from .authentication import CustomerAuthentication
from .models import Account


class Limited(Counted):
    """Counts requests of an address in a minute; answers tell what the caller has left."""

    http_method_names = ["get", "head", "post"]

    def perform_authentication(self, request: Request) -> None:
        """Count the request, whatever becomes of it, then know the caller."""
        limit = settings.ADDRESS_REQUESTS_PER_MINUTE
        self.spend(rate_limits.count("address", address_of(request), limit))
        super().perform_authentication(request)


class ForAnybody(Limited):
    """An endpoint that asks for no credentials."""

    authentication_classes = []
    permission_classes = [AllowAny]


class ForCustomers(Limited):
    """An endpoint that customers call with their access token."""

    authentication_classes = [CustomerAuthentication]

    @property
    def account(self) -> Account:
        return cast(Account, self.request.user)

    @property
    def by(self) -> Actor:
        """Who writes history rows: the opaque id of the customer, and the request it acts in."""
        return Actor(f"customer:{self.account.pk}", request_id_of(self.request))

    def perform_authentication(self, request: Request) -> None:
        """Know the customer, then count the request among its own."""
        super().perform_authentication(request)
        limit = settings.CUSTOMER_REQUESTS_PER_MINUTE
        self.spend(rate_limits.count("customer", str(request.user.pk), limit))
