"""QR codes on demand: a fresh one for a ticket, or what it is worth without making one."""

from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.answers import answers
from config.api.fields import Boolean, Choice, Integer, ListOf, Moment, Text
from config.api.reading import read, read_query
from config.api.refusals import InvalidInput, Issue
from config.api.strict import Strict
from customers.authentication import CustomerAuthentication
from customers.for_customers import ForCustomers
from qrcodes import images
from qrcodes.errors import QrNotConfigured
from qrcodes.tokens import LONGEST_LIFE
from resellers.for_partners import ForPartners

from .. import codes, passes
from ..errors import TicketNotFound
from ..gate_errors import (
    ForeignTicket,
    TicketCancelled,
    TicketExpired,
    TicketTypeMismatch,
    TicketUsed,
)
from ..models import Ticket
from . import examples
from .shapes import Entitlement, ProductInfo

log = structlog.get_logger("ota.qr")
KINDS = [passes.ENCRYPTED, passes.URL]
USUAL_MINUTES = 30
NOTES = {
    passes.ENCRYPTED: "Show it at the gate: a scanner of the venue redeems it. It ends at"
    " expires_at; make a new one then.",
    passes.URL: "Open it in WeChat or a browser to see the ticket. It does not admit anybody."
    " It ends at expires_at; make a new one then.",
}


class QrQuery(Strict):
    type = Choice(choices=KINDS, required=False, help_text="`qr_type` of the body wins over it.")


class QrRequest(Strict):
    """What for, and for how long. Everything may be left out, the body too."""

    qr_type = Choice(
        choices=KINDS,
        required=False,
        help_text="`encrypted` for the gate (default), `url` for a page to look at.",
    )
    expiry_minutes = Integer(
        min_value=1,
        max_value=LONGEST_LIFE,
        required=False,
        help_text=f"Default {USUAL_MINUTES}, at most a day.",
    )


class NoQuery(Strict):
    """Nothing can be asked for: whatever is sent is refused."""


class QrAnswer(Strict):
    """A QR code that was made just now; nothing of it is stored."""

    success = Boolean()
    qr_image = Text(max_length=10_000, help_text="A PNG as `data:image/png;base64,…`.")
    qr_type = Choice(choices=KINDS)
    ticket_code = Text()
    expires_at = Moment()
    valid_for_seconds = Integer()
    verify_url = Text(
        max_length=500, required=False, help_text="Only with `qr_type` `url`: what the QR holds."
    )
    note = Text()


class QrInfo(Strict):
    """What a ticket is worth now."""

    ticket_code = Text()
    ticket_type = Choice(choices=["OTA", "NORMAL"])
    status = Choice(choices=Ticket.Status.choices)
    entitlements = ListOf(Entitlement())
    can_generate_qr = Boolean(help_text="Whether its status allows a QR code to be made.")
    product_info = ProductInfo()


class OfHolder(APIView):
    """What partners are shown of the tickets they sell, and customers of those they bought."""

    tags = ["QR Codes"]
    refusals = [TicketNotFound, ForeignTicket, TicketTypeMismatch]
    also_for = [CustomerAuthentication]  # the schema asks: who else may call this address

    @property
    def holder(self) -> passes.Holder:
        raise NotImplementedError


class MakesQr(OfHolder):
    @answers(
        200,
        QrAnswer,
        request=QrRequest,
        query=QrQuery,
        invalid=400,
        refusals=[TicketUsed, TicketExpired, TicketCancelled, QrNotConfigured],
        operation="generate_qr",
        request_example=examples.QR_REQUEST,
        example=examples.QR,
    )
    def post(self, request: Request, ticket_code: str) -> Response:
        """Make a QR code for a ticket.

        For a ticket that is PRE_GENERATED or ACTIVE. The code ends by itself, after half an
        hour if you say nothing; make as many as you need. `encrypted` opens a gate once the
        ticket is active, `url` leads to a page that shows the ticket and admits nobody.
        """
        _refuse_code(ticket_code)
        kind, minutes = _wish(request)
        made = passes.make(
            holder=self.holder, code=ticket_code, kind=kind, minutes=minutes, at=timezone.now()
        )
        log.info("ota.qr.generated", ticket_code=ticket_code, qr_type=kind, minutes=minutes)
        return Response(_answer(made, kind, minutes))


class TellsQrInfo(OfHolder):
    @answers(
        200,
        QrInfo,
        refusals=[InvalidInput],
        operation="read_qr_info",
        example=examples.QR_INFO,
    )
    def get(self, request: Request, ticket_code: str) -> Response:
        """See what a ticket is worth.

        Its status and what is left of it, without making a QR code.
        """
        read_query(request, NoQuery)
        ticket = passes.ticket_of(self.holder, ticket_code)
        return Response(
            {
                "ticket_code": ticket.code,
                "ticket_type": ticket.type,
                "status": ticket.status,
                "entitlements": ticket.entitlements,
                "can_generate_qr": ticket.can_be_shown,
                "product_info": {"id": ticket.product.pk, "name": ticket.product.name},
            }
        )


class Partners(ForPartners):
    @property
    def holder(self) -> passes.Holder:
        return self.partner


class Customers(ForCustomers):
    @property
    def holder(self) -> passes.Holder:
        return self.account


class PartnersQrView(Partners, MakesQr):
    pass


class CustomersQrView(Customers, MakesQr):
    pass


class PartnersQrInfoView(Partners, TellsQrInfo):
    pass


class CustomersQrInfoView(Customers, TellsQrInfo):
    pass


def _by_credentials(partners: type[APIView], customers: type[APIView]) -> Callable[..., Any]:
    """One address for both: who brings a bearer token and no API key is a customer."""
    for_partners, for_customers = partners.as_view(), customers.as_view()

    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        is_customer = "HTTP_AUTHORIZATION" in request.META and "HTTP_X_API_KEY" not in request.META
        return (for_customers if is_customer else for_partners)(request, *args, **kwargs)

    # What a view of the framework says of itself: the schema asks, and so do the middlewares.
    chosen.__dict__.update(for_partners.__dict__)
    return chosen


qr = _by_credentials(PartnersQrView, CustomersQrView)
qr_info = _by_credentials(PartnersQrInfoView, CustomersQrInfoView)


def _wish(request: Request) -> tuple[str, int]:
    """The kind and the minutes that were asked for."""
    asked = read_query(request, QrQuery, invalid=400)
    body = read(request, QrRequest, invalid=400, optional=True)
    kind = body.get("qr_type") or asked.get("type") or passes.ENCRYPTED
    return kind, body.get("expiry_minutes", USUAL_MINUTES)


def _answer(made: passes.Pass, kind: str, minutes: int) -> dict[str, Any]:
    answer = {
        "success": True,
        "qr_image": images.data_uri(made.content),
        "qr_type": kind,
        "ticket_code": made.ticket.code,
        "expires_at": made.expires_at,
        "valid_for_seconds": minutes * 60,
        "note": NOTES[kind],
    }
    return answer if made.verify_url is None else {**answer, "verify_url": made.verify_url}


def _refuse_code(text: str) -> None:
    """Here, unlike anywhere else, a malformed code is told apart from none."""
    if not codes.could_be_ticket_code(text):
        detail = "Send a ticket code as orders and batches show it."
        raise InvalidInput([Issue(("ticket_code",), "malformed", detail)])
