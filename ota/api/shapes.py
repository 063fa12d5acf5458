"""The JSON objects that several partner endpoints read or answer."""

from typing import Any

from config.api.fields import Amount, Choice, Integer, ListOf, MapOf, Moment, Text, Uuid
from config.api.strict import Strict
from ticketing.api.price_shapes import Multiplier
from ticketing.models import Reservation

PAYMENT_REFERENCE = r"[A-Za-z0-9._:/-]{1,64}"


class TypePrice(Strict):
    """The weekday price of one customer type in a specially priced batch."""

    customer_type = Text()
    price = Amount()


class PricingSnapshot(Strict):
    """The prices a reservation or a batch was frozen with."""

    base_price = Amount(help_text="Weekday price of one adult unit.")
    weekend_premium = Amount()
    currency = Text()
    customer_type_pricing = ListOf(TypePrice())
    customer_discounts = MapOf(Amount())
    special_dates = MapOf(Multiplier())


class ReservationDetails(Strict):
    """Units held for you until they are activated, cancelled, or lapse."""

    reservation_id = Uuid()
    product_id = Integer()
    quantity = Integer()
    status = Choice(choices=Reservation.Status.choices)
    reserved_until = Moment(help_text="The same moment as expires_at.")
    expires_at = Moment()
    pricing_snapshot = PricingSnapshot()
    created_at = Moment()


def reservation_details(reservation: Reservation) -> dict[str, Any]:
    """A reservation as partners see it; an overdue hold is `expired` at once."""
    return {
        "reservation_id": reservation.id,
        "product_id": reservation.product_id,
        "quantity": reservation.quantity,
        "status": getattr(reservation, "shown_status", reservation.status),
        "reserved_until": reservation.expires_at,
        "expires_at": reservation.expires_at,
        "pricing_snapshot": reservation.pricing_snapshot,
        "created_at": reservation.created_at,
    }
