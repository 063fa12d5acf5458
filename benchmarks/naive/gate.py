"""The control at the gate: lock the ticket, check it, save it, by the ORM and a plain framework."""

# The type checker's settings do not know this app.
# mypy: ignore-errors

import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from qrcodes import tokens

from .authentication import digest, public_id
from .models import Redemption, Scan, Scanner, Ticket, TicketHistory


class ScannerAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Scanner, None]:
        key = request.headers.get("x-scanner-key", "")
        try:
            found = Scanner.objects.select_related("venue").get(public_id=public_id(key))
        except (IndexError, Scanner.DoesNotExist):
            raise AuthenticationFailed from None
        if found.revoked_at is not None or not found.venue.is_active:
            raise AuthenticationFailed
        if not constant_time_compare(found.digest, digest(key)):
            raise AuthenticationFailed
        return found, None


class Refused(APIException):
    status_code = status.HTTP_409_CONFLICT


class ScanSerializer(serializers.Serializer):
    qr = serializers.CharField()
    function_code = serializers.CharField(max_length=40)
    scan_id = serializers.UUIDField()
    session_code = serializers.CharField(max_length=64, required=False, default="")


class ScanView(APIView):
    authentication_classes = [ScannerAuthentication]
    permission_classes = []

    def post(self, request: Request) -> Response:
        asked = ScanSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(self.redeem(**asked.validated_data))

    @transaction.atomic
    def redeem(self, qr: str, function_code: str, scan_id: uuid.UUID, session_code: str) -> dict:
        scanner = self.request.user
        first = Scan.objects.filter(scanner=scanner, scan_id=scan_id).first()
        if first:
            return first.answer
        seen = tokens.read_ticket_qr(qr)
        ticket = Ticket.objects.select_for_update().get(code=seen.code)
        if ticket.generation != seen.generation or ticket.status != "ACTIVE":
            raise Refused
        right = self.right(ticket, function_code)
        right["remaining_uses"] -= 1
        if not any(each["remaining_uses"] for each in ticket.entitlements):
            ticket.status = "USED"
            TicketHistory.objects.create(ticket=ticket, status="USED", by=scanner.public_id)
        ticket.save()
        answer = {
            "result": "granted",
            "scan_id": str(scan_id),
            "ticket_code": ticket.code,
            "product": {"id": ticket.product_id, "name": ticket.product_name},
            "function_code": function_code,
            "remaining_uses": right["remaining_uses"],
            "ticket_status": ticket.status,
            "entitlements": ticket.entitlements,
            "redeemed_at": timezone.localtime().isoformat(),
        }
        scan = Scan.objects.create(
            scanner=scanner,
            scan_id=scan_id,
            ticket=ticket,
            function_code=function_code,
            session_code=session_code,
            answer=answer,
        )
        Redemption.objects.create(
            scan=scan,
            ticket=ticket,
            function_code=function_code,
            remaining=right["remaining_uses"],
        )
        return answer

    def right(self, ticket: Ticket, function_code: str) -> dict:
        functions = self.request.user.venue.functions
        if functions and function_code not in functions:
            raise Refused
        for right in ticket.entitlements:
            if right["function_code"] == function_code and right["remaining_uses"]:
                return right
        raise Refused
