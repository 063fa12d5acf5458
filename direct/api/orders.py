"""Order, look at one's orders and their tickets, let an unpaid one go."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Choice, Integer, Moment, Text, Uuid
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import read, read_query
from config.api.retries import with_retries
from config.api.strict import Strict
from customers.for_customers import ForCustomers
from customers.models import Account
from inventory.errors import CompositionMismatch, SoldOut, UnknownCustomerType, UnknownProduct
from inventory.pricing import number
from qrcodes.errors import QrNotConfigured
from ticketing import orders
from ticketing.api.sale_shapes import (
    CustomerDetails,
    OrderTickets,
    PaymentRequired,
    PendingOrder,
    PricingContextIn,
    issued_tickets,
    order_summary,
    pending_order,
    pricing_context,
)
from ticketing.api.shapes import NoBody
from ticketing.errors import OrderNotCancellable, OrderNotFound, TooManyOpenOrders
from ticketing.models import Order
from ticketing.models.orders import OrderQuerySet

from . import examples


class DirectOrderRequest(Strict):
    """What to buy, for whom and for which day; without details it is for you."""

    product_id = Integer(min_value=1)
    quantity = Integer(min_value=1, max_value=settings.DIRECT_MAX_UNITS)
    pricing_context = PricingContextIn(required=False)
    customer_details = CustomerDetails(required=False)


class Buyer(Strict):
    """Whom the order is for; an account need not have a name, and has no phone number."""

    name = Text(allow_blank=True)
    email = Text()
    phone = Text(allow_blank=True)


class DirectOrder(Strict):
    """One of your orders; while it waits for its payment, what to pay and until when."""

    order_id = Text()
    confirmation_code = Text()
    product_id = Integer()
    quantity = Integer()
    total_amount = Amount()
    currency = Text()
    status = Choice(choices=Order.Status.choices)
    payment_required = PaymentRequired(allow_null=True)
    expires_at = Moment(allow_null=True)
    payment_reference = Text(allow_null=True)
    reservation_id = Uuid()
    customer_details = Buyer()
    created_at = Moment()
    confirmed_at = Moment(allow_null=True)


class OrdersView(ForCustomers):
    tags = ["Direct sales"]

    @answers(
        200,
        listing("orders", DirectOrder),
        query=ListQuery,
        operation="list_my_orders",
        example=examples.page_of("orders", examples.ORDER),
    )
    def get(self, request: Request) -> Response:
        """Your orders, newest first.

        In every status.
        """
        asked = read_query(request, ListQuery)
        page = paginate(_own(self.account), asked["paging"])
        return Response(page.body("orders", [_shown(row) for row in page.rows]))

    @answers(
        201,
        PendingOrder,
        request=DirectOrderRequest,
        refusals=[
            SoldOut,
            TooManyOpenOrders,
            UnknownProduct,
            CompositionMismatch,
            UnknownCustomerType,
        ],
        operation="place_order",
        example=examples.PENDING_ORDER,
        request_example=examples.ORDER_REQUEST,
    )
    def post(self, request: Request) -> Response:
        """Order tickets.

        Sets units of the direct channel aside for half an hour. Once the payment is reported
        the tickets are issued; if it is not, the order lapses by itself.
        """
        wish = read(request, DirectOrderRequest, within={"customer_details": 422})
        order = with_retries(orders.place_directly)(
            account=self.account,
            product_id=wish["product_id"],
            quantity=wish["quantity"],
            customer_details=wish.get("customer_details"),
            context=pricing_context(wish.get("pricing_context")),
            at=timezone.now(),
            by=self.by,
        )
        return Response(pending_order(order), 201)


class OrderView(ForCustomers):
    tags = ["Direct sales"]

    @answers(
        200,
        DirectOrder,
        refusals=[OrderNotFound],
        operation="get_my_order",
        example=examples.ORDER,
    )
    def get(self, request: Request, order_id: str) -> Response:
        """One of your orders.

        In any status; one that was not paid in time is EXPIRED at once.
        """
        return Response(_shown(_own(self.account).bought_by(self.account, order_id)))


class OrderTicketsView(ForCustomers):
    tags = ["Direct sales"]

    @answers(
        200,
        OrderTickets,
        refusals=[OrderNotFound, QrNotConfigured],
        operation="list_my_tickets",
        example={"tickets": examples.TICKETS},
    )
    def get(self, request: Request, order_id: str) -> Response:
        """The tickets of an order.

        With the QR images to show at the gate; empty until the order is paid.
        """
        order = Order.objects.bought_by(self.account, order_id)
        return Response({"tickets": issued_tickets(order.tickets.order_by("code"))})


class OrderCancelView(ForCustomers):
    tags = ["Direct sales"]

    @answers(
        200,
        DirectOrder,
        request=NoBody,
        refusals=[OrderNotFound, OrderNotCancellable],
        operation="cancel_my_order",
        example=examples.CANCELLED_ORDER,
        request_example={},
    )
    def post(self, request: Request, order_id: str) -> Response:
        """Cancel an order that is not paid.

        Its units are free again at once. Cancelling twice answers the same again.
        """
        read(request, NoBody, optional=True)
        with_retries(orders.cancel)(
            account=self.account, order_id=order_id, at=timezone.now(), by=self.by
        )
        return Response(_shown(_own(self.account).bought_by(self.account, order_id)))


def _own(account: Account) -> OrderQuerySet:
    related = ("customer", "batch", "reservation")
    return Order.objects.as_shown().filter(account=account).select_related(*related)


def _shown(order: Order) -> dict[str, Any]:
    shown = order_summary(order)
    del shown["batch_id"]
    is_pending = shown["status"] == Order.Status.PENDING_PAYMENT
    due = {"amount": number(order.total_amount), "currency": order.currency}
    return {
        **shown,
        "payment_required": due if is_pending else None,
        "expires_at": order.reservation.expires_at if is_pending and order.reservation else None,
    }
