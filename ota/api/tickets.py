"""A partner's pre-made tickets: look at them, sell one, cancel one."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Choice, Date, Integer, Moment, Pattern, Text
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import read, read_query
from config.api.strict import Strict, refused
from inventory.errors import CompositionMismatch, UnknownCustomerType
from inventory.models import CustomerType
from inventory.pricing import number
from resellers.models import Partner
from ticketing import ending, finding, premade
from ticketing.api.sale_shapes import (
    CustomerDetails,
    PricingContextIn,
    pricing_context,
)
from ticketing.api.shapes import NoBody
from ticketing.errors import (
    BatchExpired,
    TicketAlreadyActivated,
    TicketNotCancellable,
    TicketNotFound,
    TicketNotSellable,
)
from ticketing.finding import Found
from ticketing.models import Order, Ticket

from . import examples
from .batch_shapes import BATCH_ID
from .partner_view import PartnerView, idempotent
from .shapes import PAYMENT_REFERENCE


class TicketQuery(ListQuery):
    """Which of your tickets; filters combine."""

    status = Choice(choices=Ticket.Status.choices, required=False)
    batch_id = Pattern(BATCH_ID, required=False)
    product_id = Integer(min_value=1, required=False)
    reseller_id = Integer(min_value=1, required=False)
    created_after = Moment(required=False, help_text="Later than this moment.")
    created_before = Moment(required=False, help_text="Earlier than this moment.")
    origin = Choice(
        choices=["premade", "all"],
        required=False,
        help_text="all adds the tickets issued from reservations. Default: premade.",
    )


class TicketSummary(Strict):
    """A ticket without its QR image."""

    ticket_code = Text()
    status = Choice(choices=Ticket.Status.choices)
    product_id = Integer()
    batch_id = Text(allow_null=True, help_text="null for tickets issued from a reservation.")
    reseller_id = Integer(allow_null=True)
    order_id = Text(allow_null=True)
    customer_type = Text(allow_null=True)
    price = Amount(allow_null=True)
    created_at = Moment()
    activated_at = Moment(allow_null=True)


class TicketActivation(Strict):
    """Who bought the ticket, and how you took the money; an adult on a weekday if not said."""

    customer_details = CustomerDetails()
    payment_reference = Pattern(PAYMENT_REFERENCE)
    customer_type = Choice(choices=CustomerType.choices, required=False)
    visit_date = Date(required=False)
    pricing_context = PricingContextIn(required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        beside = values.keys() & {"customer_type", "visit_date"}
        said: dict[str, Any] = {name: values.pop(name) for name in beside}
        context = values.pop("pricing_context", None)
        if said and context is not None:
            detail = "Send customer_type and visit_date in it or beside it, not both."
            raise refused("pricing_context", detail, "ambiguous")
        return {**values, "context": pricing_context(said or context)}


class ActivatedTicket(Strict):
    """A ticket that is sold, and its order."""

    ticket_code = Text()
    order_id = Text()
    customer_name = Text()
    status = Choice(choices=[Ticket.Status.ACTIVE])
    activated_at = Moment()
    total_amount = Amount()
    currency = Text()


class CancelledTicket(Strict):
    """A ticket that will never admit anybody."""

    ticket_code = Text()
    status = Choice(choices=[Ticket.Status.CANCELLED])
    cancelled_at = Moment()


class TicketsView(PartnerView):
    @answers(
        200,
        listing("tickets", TicketSummary),
        query=TicketQuery,
        operation="list_tickets",
        example=examples.page_of("tickets", examples.TICKET_SUMMARY),
    )
    def get(self, request: Request) -> Response:
        """Your pre-made tickets, newest first.

        Filters combine. Use `cursor` to walk through many: its cost does not grow.
        """
        asked = read_query(request, TicketQuery)
        paging = asked.pop("paging")
        found = _found(self.partner, asked)
        rows = found.tickets.select_related("batch", "order").only(*SHOWN)
        page = paginate(rows, paging, count=found.total)
        return Response(page.body("tickets", [_summary(row) for row in page.rows]))


class TicketActivateView(PartnerView):
    @answers(
        200,
        ActivatedTicket,
        request=TicketActivation,
        refusals=[
            TicketNotFound,
            TicketAlreadyActivated,
            TicketNotSellable,
            BatchExpired,
            CompositionMismatch,
            UnknownCustomerType,
        ],
        operation="activate_ticket",
        example=examples.ACTIVATED_TICKET,
        request_example=examples.TICKET_ACTIVATION,
    )
    @idempotent
    def post(self, request: Request, ticket_code: str) -> Response:
        """Sell a pre-made ticket.

        Records the customer and the payment, at the price that was locked with the batch.
        """
        wish = read(request, TicketActivation, within={"customer_details": 400})
        ticket, order = premade.activate(
            partner=self.partner, code=ticket_code, at=timezone.now(), by=self.by, **wish
        )
        return Response(_activated(ticket, order))


class TicketCancelView(PartnerView):
    @answers(
        200,
        CancelledTicket,
        request=NoBody,
        refusals=[TicketNotFound, TicketNotCancellable],
        operation="cancel_ticket",
        example=examples.CANCELLED_TICKET,
        request_example={},
    )
    @idempotent
    def post(self, request: Request, ticket_code: str) -> Response:
        """Cancel a ticket.

        An unsold one, or a sold one of which nothing was redeemed; its unit is free again.
        Cancelling twice gives the first answer.
        """
        read(request, NoBody, optional=True)
        ticket = ending.cancel(
            partner=self.partner, code=ticket_code, at=timezone.now(), by=self.by
        )
        return Response(
            {
                "ticket_code": ticket.code,
                "status": ticket.status,
                "cancelled_at": ticket.cancelled_at,
            }
        )


# A thousand rows would read as many price lists else.
SHOWN = [
    "partner_id", "code", "status", "product_id", "batch__batch_id", "batch__reseller_id",
    "order__order_id", "customer_type", "price", "created_at", "activated_at",
]  # fmt: skip


def _found(partner: Partner, asked: dict[str, Any]) -> Found:
    """Only tickets of a batch have a batch or a reseller, whatever origin is asked for."""
    is_all = asked.pop("origin", "premade") == "all"
    if is_all and not asked.keys() & {"batch_id", "reseller_id"}:
        return finding.of_any_origin(partner, **asked)
    return finding.premade(partner, **asked)


def _summary(ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket_code": ticket.code,
        "status": ticket.status,
        "product_id": ticket.product_id,
        "batch_id": ticket.batch.batch_id if ticket.batch else None,
        "reseller_id": ticket.batch.reseller_id if ticket.batch else None,
        "order_id": ticket.order.order_id if ticket.order else None,
        "customer_type": ticket.customer_type or None,
        "price": None if ticket.price is None else number(ticket.price),
        "created_at": ticket.created_at,
        "activated_at": ticket.activated_at,
    }


def _activated(ticket: Ticket, order: Order) -> dict[str, Any]:
    return {
        "ticket_code": ticket.code,
        "order_id": order.order_id,
        "customer_name": order.customer.name,
        "status": ticket.status,
        "activated_at": ticket.activated_at,
        "total_amount": number(order.total_amount),
        "currency": order.currency,
    }
