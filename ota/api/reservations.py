"""Hold units, look at holds, let them go, or turn one into an order."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Choice, Integer, Lines, ListOf, Moment, Pattern, Text
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import id_or, read, read_query
from config.api.strict import Strict
from inventory.errors import (
    CompositionMismatch,
    SoldOut,
    UnknownCustomerType,
    UnknownProduct,
)
from inventory.pricing import number
from qrcodes.errors import QrNotConfigured
from ticketing import reservations
from ticketing.api.sale_shapes import (
    CustomerDetails,
    IssuedTicket,
    PricingContextIn,
    issued_tickets,
    pricing_context,
)
from ticketing.errors import (
    ExpiryOutOfRange,
    ReservationAlreadyActivated,
    ReservationCancelled,
    ReservationExpired,
    ReservationNotFound,
)
from ticketing.models import Order, Reservation

from . import examples
from .partner_view import PartnerView, idempotent, repeatable
from .shapes import PAYMENT_REFERENCE, ReservationDetails, reservation_details


class ReservationRequest(Strict):
    """How many units of which product to hold."""

    product_id = Integer(min_value=1)
    quantity = Integer(min_value=1, max_value=settings.RESERVATION_MAX_UNITS)
    reservation_expires_at = Moment(
        required=False, help_text="May shorten the 24 hours, not extend them."
    )


class ReservationQuery(ListQuery):
    """Which of your reservations."""

    status = Choice(
        choices=[*Reservation.Status.values, "all"], required=False, help_text="Default: active."
    )


class ReservationActivation(Strict):
    """Who bought the held units, and how you took the money."""

    customer_details = CustomerDetails()
    payment_reference = Pattern(PAYMENT_REFERENCE)
    special_requests = Lines(max_length=1000, required=False)
    pricing_context = PricingContextIn(required=False)


class ConfirmedOrder(Strict):
    """A paid order with its tickets."""

    order_id = Text()
    confirmation_code = Text()
    total_amount = Amount()
    currency = Text()
    status = Choice(choices=[Order.Status.CONFIRMED])
    tickets = ListOf(IssuedTicket())


class ReserveView(PartnerView):
    @answers(
        201,
        ReservationDetails,
        request=ReservationRequest,
        refusals=[SoldOut, UnknownProduct, ExpiryOutOfRange],
        operation="create_reservation",
        example=examples.RESERVATION,
        request_example=examples.RESERVATION_REQUEST,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Hold units of a product.

        Sets units of the OTA pool aside at today's prices, for 24 hours at the most.
        """
        reservation = reservations.reserve(
            partner=self.partner,
            at=timezone.now(),
            by=self.by,
            **read(request, ReservationRequest),
        )
        return Response(reservation_details(reservation), 201)


class ReservationsView(PartnerView):
    @answers(
        200,
        listing("reservations", ReservationDetails),
        query=ReservationQuery,
        operation="list_reservations",
        example=examples.page_of("reservations", examples.RESERVATION),
    )
    def get(self, request: Request) -> Response:
        """Your reservations, newest first.

        Active ones unless `status` says otherwise; an overdue hold is expired at once.
        """
        asked = read_query(request, ReservationQuery)
        own = self.partner.reservations.as_shown()
        status = asked.get("status", "active")
        page = paginate(own.shown_as(status), asked["paging"])
        return Response(page.body("reservations", [reservation_details(row) for row in page.rows]))


class ReservationView(PartnerView):
    @answers(
        200,
        ReservationDetails,
        refusals=[ReservationNotFound],
        operation="get_reservation",
        example=examples.RESERVATION,
    )
    def get(self, request: Request, reservation_id: str) -> Response:
        """One of your reservations.

        Its state at this moment.
        """
        own = self.partner.reservations.as_shown()
        found = own.filter(pk=_id(reservation_id)).first()
        if found is None:
            raise ReservationNotFound("No reservation of yours has this id.")
        return Response(reservation_details(found))

    @answers(
        204,
        refusals=[ReservationNotFound, ReservationExpired, ReservationAlreadyActivated],
        operation="cancel_reservation",
    )
    @repeatable
    def delete(self, request: Request, reservation_id: str) -> Response:
        """Cancel a reservation.

        Releases its units at once. Cancelling twice answers 204 again; an expired one 409.
        """
        reservations.cancel(
            partner=self.partner, reservation_id=_id(reservation_id), at=timezone.now(), by=self.by
        )
        return Response(status=204)


class ReservationActivateView(PartnerView):
    @answers(
        201,
        ConfirmedOrder,
        request=ReservationActivation,
        refusals=[
            ReservationNotFound,
            ReservationExpired,
            ReservationAlreadyActivated,
            ReservationCancelled,
            CompositionMismatch,
            UnknownCustomerType,
            QrNotConfigured,
        ],
        operation="activate_reservation",
        example=examples.CONFIRMED_ORDER,
        request_example=examples.RESERVATION_ACTIVATION,
    )
    @idempotent
    def post(self, request: Request, reservation_id: str) -> Response:
        """Sell a reservation.

        Makes a confirmed order of the held units, with one ticket for each.

        A pending order of the reservation is completed as it was placed.
        """
        wish = read(request, ReservationActivation, within={"customer_details": 422})
        order, tickets = reservations.activate(
            partner=self.partner,
            reservation_id=_id(reservation_id),
            customer_details=customer_of(wish),
            payment_reference=wish["payment_reference"],
            context=pricing_context(wish.get("pricing_context")),
            at=timezone.now(),
            by=self.by,
        )
        return Response(
            {
                "order_id": order.order_id,
                "confirmation_code": order.confirmation_code,
                "total_amount": number(order.total_amount),
                "currency": order.currency,
                "status": order.status,
                "tickets": issued_tickets(tickets),
            },
            201,
        )


def _id(text: str) -> UUID:
    return id_or(text, ReservationNotFound("No reservation of yours has this id."))


def customer_of(wish: dict[str, Any]) -> dict[str, str]:
    """The customer's own row: the details and what they asked for."""
    return {**wish["customer_details"], "special_requests": wish.get("special_requests", "")}
