"""What devices at a gate send and are told."""

from typing import Any

from config.api.fields import Boolean, Choice, Integer, ListOf, Moment, Text, Uuid
from config.api.strict import Strict

from ..models import Scan, Ticket
from .shapes import Entitlement, ProductInfo


class ScannedText(Text):
    """Whatever a camera read, exactly as it was: what is no code of ours is for the gate to say."""

    def __init__(self, **options: Any):
        super().__init__(max_length=None, allow_blank=True, trim_whitespace=False, **options)

    def readable(self, text: str) -> str:
        return text


class ScanRequest(Strict):
    """A QR at a gate; `scan_id` is made by the device, and stays the same when it asks again."""

    qr = ScannedText(help_text="What the QR holds.")
    function_code = Text(max_length=40, help_text="What the gate admits to.")
    scan_id = Uuid()
    session_code = Text(max_length=64, required=False, help_text="For your own records.")


class GrantedScan(Strict):
    """One use was taken: let the guest in."""

    result = Choice(choices=[Scan.Result.GRANTED])
    scan_id = Uuid()
    ticket_code = Text()
    product = ProductInfo()
    function_code = Text()
    remaining_uses = Integer(min_value=0)
    ticket_status = Choice(choices=[Ticket.Status.ACTIVE, Ticket.Status.USED])
    entitlements = ListOf(Entitlement())
    redeemed_at = Moment()


class InspectRequest(Strict):
    """A QR to look at."""

    qr = ScannedText(help_text="What the QR holds.")


class LastRedemption(Strict):
    """When and where a use was taken, and whether it was given back since."""

    function_code = Text()
    redeemed_at = Moment()
    venue = Text()
    scanner = Text()
    undone = Boolean()


class Inspected(Strict):
    """A ticket as the gate sees it, its latest uses first."""

    ticket_code = Text()
    product = ProductInfo()
    ticket_status = Choice(choices=Ticket.Status.choices)
    entitlements = ListOf(Entitlement())
    last_redemptions = ListOf(LastRedemption())


class VenueInfo(Strict):
    """A place with gates."""

    code = Text()
    name = Text()


class ScannerInfo(Strict):
    """Who the key belongs to, and what may be redeemed there."""

    venue = VenueInfo()
    scanner = Text()
    functions = ListOf(Text())
