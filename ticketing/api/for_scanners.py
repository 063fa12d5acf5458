"""What every endpoint for devices at a gate has in common: the key of a scanner."""

from typing import cast

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.views import APIView

from config.actors import Actor
from config.api.middleware import request_id_of

from .. import scanners
from ..gate_errors import InvalidScannerKey, MissingScannerKey
from ..models import Scanner


class ByScannerKey(BaseAuthentication):
    """`request.user` becomes the Scanner behind an x-scanner-key header."""

    absent, refused = MissingScannerKey, InvalidScannerKey
    security = (
        "ScannerKeyAuth",
        {
            "type": "apiKey",
            "in": "header",
            "name": "x-scanner-key",
            "description": "The key of one device at one venue.",
        },
    )

    def authenticate(self, request: Request) -> tuple[Scanner, None]:
        key = request.META.get("HTTP_X_SCANNER_KEY")
        if not key:
            raise MissingScannerKey("Send the key of the device in the x-scanner-key header.")
        scanner = scanners.find(key, at=timezone.now())
        if scanner is None:
            raise InvalidScannerKey("This key is not valid. Have a new one issued.")
        return scanner, None

    def authenticate_header(self, request: Request) -> str:
        return 'ScannerKey realm="venue"'


class ForScanners(APIView):
    """An endpoint that devices at a gate call with their key."""

    tags = ["Venue"]
    authentication_classes = [ByScannerKey]
    http_method_names = ["get", "head", "post"]

    @property
    def scanner(self) -> Scanner:
        return cast(Scanner, self.request.user)

    @property
    def by(self) -> Actor:
        """Who writes history rows: the device, and the request it acts in."""
        name = f"scanner:{self.scanner.venue.code}:{self.scanner.public_id}"
        return Actor(name[:80], request_id_of(self.request))
