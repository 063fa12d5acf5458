"""Place an order on a reservation, pay it, and look at orders and their tickets."""

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Choice, Integer, Lines, ListOf, Pattern, Text, Uuid
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import read, read_query
from config.api.strict import Strict
from inventory.errors import CompositionMismatch, UnknownCustomerType
from qrcodes.errors import QrNotConfigured
from ticketing import orders
from ticketing.api.sale_shapes import (
    CustomerDetails,
    IssuedTicket,
    OrderSummary,
    OrderTickets,
    PendingOrder,
    PricingContextIn,
    issued_tickets,
    order_summary,
    pending_order,
    pricing_context,
)
from ticketing.errors import (
    OrderAlreadyConfirmed,
    OrderNotFound,
    ReservationAlreadyActivated,
    ReservationCancelled,
    ReservationExpired,
    ReservationHasOrder,
    ReservationNotFound,
)
from ticketing.models import Order

from . import examples
from .partner_view import PartnerView, idempotent
from .reservations import customer_of
from .shapes import PAYMENT_REFERENCE


class OrderQuery(ListQuery):
    """Which of your orders."""

    reseller_id = Integer(
        min_value=1, required=False, help_text="Those of tickets made for this reseller."
    )


class OrderRequest(Strict):
    """An order for a reservation of yours, priced for these people and this day."""

    reservation_id = Uuid()
    customer_details = CustomerDetails()
    pricing_context = PricingContextIn(required=False)
    special_requests = Lines(max_length=1000, required=False)


class Activation(Strict):
    """Your word that an order is paid."""

    order_id = Text(max_length=40)
    payment_reference = Pattern(PAYMENT_REFERENCE)


class Activated(Strict):
    """A paid order and its tickets."""

    order_id = Text()
    activation_status = Choice(choices=["success"])
    tickets = ListOf(IssuedTicket())


class OrdersView(PartnerView):
    @answers(
        200,
        listing("orders", OrderSummary),
        query=OrderQuery,
        operation="list_orders",
        example=examples.page_of("orders", examples.ORDER),
    )
    def get(self, request: Request) -> Response:
        """Your confirmed orders, newest first.

        Paid orders with their customers, from reservations and pre-made tickets alike.
        """
        asked = read_query(request, OrderQuery)
        confirmed = self.partner.orders.filter(status=Order.Status.CONFIRMED)
        if "reseller_id" in asked:
            confirmed = confirmed.filter(batch__reseller=asked["reseller_id"])
        page = paginate(confirmed.select_related("customer", "batch"), asked["paging"])
        return Response(page.body("orders", [order_summary(row) for row in page.rows]))

    @answers(
        201,
        PendingOrder,
        request=OrderRequest,
        refusals=[
            ReservationNotFound,
            ReservationExpired,
            ReservationAlreadyActivated,
            ReservationCancelled,
            ReservationHasOrder,
            CompositionMismatch,
            UnknownCustomerType,
        ],
        operation="create_order",
        example=examples.PENDING_ORDER,
        request_example=examples.ORDER_REQUEST,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Place an order on a reservation.

        An unpaid order; the reservation's clock keeps running and voids it when it lapses.
        """
        wish = read(request, OrderRequest, within={"customer_details": 422})
        order = orders.place(
            partner=self.partner,
            reservation_id=wish["reservation_id"],
            customer_details=customer_of(wish),
            context=pricing_context(wish.get("pricing_context")),
            at=timezone.now(),
            by=self.by,
        )
        return Response(pending_order(order), 201)


class OrderView(PartnerView):
    @answers(
        200,
        OrderSummary,
        refusals=[OrderNotFound],
        operation="get_order",
        example=examples.ORDER,
    )
    def get(self, request: Request, order_id: str) -> Response:
        """One of your orders.

        In any status.
        """
        orders_shown = Order.objects.as_shown().select_related("customer", "batch")
        own = orders_shown.of(self.partner, order_id)
        return Response(order_summary(own))


class OrderTicketsView(PartnerView):
    @answers(
        200,
        OrderTickets,
        refusals=[OrderNotFound, QrNotConfigured],
        operation="list_order_tickets",
        example={"tickets": examples.TICKETS},
    )
    def get(self, request: Request, order_id: str) -> Response:
        """The tickets of an order.

        With the same QR images as everywhere; empty until the order is confirmed.
        """
        order = Order.objects.of(self.partner, order_id)
        return Response({"tickets": issued_tickets(order.tickets.order_by("code"))})


class ActivateView(PartnerView):
    @answers(
        200,
        Activated,
        request=Activation,
        refusals=[
            OrderNotFound,
            OrderAlreadyConfirmed,
            ReservationExpired,
            ReservationCancelled,
            QrNotConfigured,
        ],
        operation="activate_order",
        example=examples.ACTIVATED,
        request_example=examples.ACTIVATION,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Report an order as paid.

        Activates the order's reservation and issues its tickets.
        """
        wish = read(request, Activation)
        order, tickets = orders.pay(partner=self.partner, at=timezone.now(), by=self.by, **wish)
        return Response(
            {
                "order_id": order.order_id,
                "activation_status": "success",
                "tickets": issued_tickets(tickets),
            }
        )
