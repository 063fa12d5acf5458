"""The gate: devices of a venue redeem tickets, look at them, and take a mistake back."""

from typing import Any

import structlog
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.reading import id_or, read
from config.api.retries import with_retries
from qrcodes.errors import (
    QrNotConfigured,
    QrSuperseded,
    TokenExpired,
    TokenInvalid,
    WrongTokenType,
)

from .. import admission
from ..gate_errors import (
    EntitlementExhausted,
    NotUndoable,
    ScanIdConflict,
    ScanNotFound,
    TicketCancelled,
    TicketExpired,
    TicketNotActive,
    TicketUsed,
    UndoTooLate,
    UnknownFunction,
    WrongVenue,
)
from ..scanning import Answer
from . import examples
from .for_scanners import ForScanners
from .shapes import NoBody
from .venue_shapes import GrantedScan, Inspected, InspectRequest, ScannerInfo, ScanRequest

log = structlog.get_logger("ota.venue")
UNREADABLE = [TokenInvalid, WrongTokenType, TokenExpired, QrSuperseded, QrNotConfigured]


class ScanView(ForScanners):
    @answers(
        200,
        GrantedScan,
        request=ScanRequest,
        refusals=[
            *UNREADABLE,
            TicketNotActive,
            TicketUsed,
            TicketCancelled,
            TicketExpired,
            UnknownFunction,
            WrongVenue,
            EntitlementExhausted,
            ScanIdConflict,
        ],
        operation="scan_ticket",
        request_example=examples.SCAN_REQUEST,
        example=examples.GRANTED,
    )
    def post(self, request: Request) -> HttpResponse:
        """Redeem one use of a ticket.

        Admit the guest on 200 and on nothing else. Without an answer, send the same scan
        again: the same `scan_id` takes a use once and gets the first answer, granted or
        refused. Refusals of a genuine ticket say which ticket it is and what is left of it.
        """
        shown = read(request, ScanRequest)
        answer = with_retries(admission.redeem)(
            scanner=self.scanner, at=timezone.now(), by=self.by, **shown
        )
        if answer.is_new:
            self._log(answer, shown["function_code"])
        if answer.status != 200:
            raise answer.refusal()
        return HttpResponse(answer.body, content_type="application/json")

    def _log(self, answer: Answer, function_code: str) -> None:
        facts = {
            "venue": self.scanner.venue.code,
            "scanner": self.scanner.public_id,
            "function_code": function_code,
        }
        if answer.status == 200:
            log.info("ota.venue.granted", **facts)
        else:
            log.info("ota.venue.refused", code=answer.code, **facts)


class InspectView(ForScanners):
    @answers(
        200,
        Inspected,
        request=InspectRequest,
        refusals=UNREADABLE,
        operation="inspect_ticket",
        request_example=examples.INSPECT_REQUEST,
        example=examples.INSPECTED,
    )
    def post(self, request: Request) -> Response:
        """Look at a ticket.

        In any status, without taking a use.
        """
        return Response(
            _seen(admission.inspect(at=timezone.now(), **read(request, InspectRequest)))
        )


class UndoView(ForScanners):
    @answers(
        200,
        Inspected,
        request=NoBody,
        refusals=[ScanNotFound, NotUndoable, UndoTooLate],
        operation="undo_scan",
        request_example={},
        example=examples.UNDONE,
    )
    def post(self, request: Request, scan_id: str) -> Response:
        """Take a granted scan back.

        By the scanner that made it, for 15 minutes; the use is given back. Again is the same
        as once.
        """
        read(request, NoBody, optional=True)
        known = id_or(scan_id, ScanNotFound("This scanner made no scan with this id."))
        sight = with_retries(admission.undo)(
            scanner=self.scanner, scan_id=known, at=timezone.now(), by=self.by
        )
        return Response(_seen(sight))


class ScannerView(ForScanners):
    @answers(200, ScannerInfo, operation="read_scanner", example=examples.SCANNER)
    def get(self, request: Request) -> Response:
        """See where this key belongs.

        Its venue, its name, and the functions that can be redeemed there.
        """
        venue = self.scanner.venue
        return Response(
            {
                "venue": {"code": venue.code, "name": venue.name},
                "scanner": self.scanner.label,
                "functions": admission.functions_of(venue),
            }
        )


def _seen(sight: admission.Sight) -> dict[str, Any]:
    ticket = sight.ticket
    return {
        "ticket_code": ticket.code,
        "product": {"id": ticket.product.pk, "name": ticket.product.name},
        "ticket_status": ticket.status,
        "entitlements": ticket.entitlements,
        "last_redemptions": sight.last_redemptions,
    }
