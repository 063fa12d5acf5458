"""The calls of the control, and the two empty views."""

# The type checker's settings do not know this app.
# mypy: ignore-errors

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .authentication import HasPermission, KeyAuthentication
from .models import Allocation, Hold, HoldHistory, Product
from .serializers import (
    HoldSerializer,
    InventorySerializer,
    PricingSnapshotSerializer,
    ReserveSerializer,
    special_dates,
)


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


class EmptyView(APIView):
    authentication_classes = []
    permission_classes = []

    def get(self, request: Request) -> Response:
        return Response({})


class PartnerView(APIView):
    authentication_classes = [KeyAuthentication]
    permission_classes = [HasPermission]


class Insufficient(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "Not enough units are left."


class ReserveView(PartnerView):
    permission = "reservations:write"

    def post(self, request: Request) -> Response:
        asked = ReserveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        hold = self.reserve(**asked.validated_data)
        return Response(HoldSerializer(hold).data, status=201)

    @transaction.atomic
    def reserve(self, product: Product, quantity: int, reservation_expires_at=None) -> Hold:
        snapshot = PricingSnapshotSerializer(product).data
        allocation = Allocation.objects.select_for_update().get(product=product, channel="ota")
        if allocation.available < quantity:
            raise Insufficient
        allocation.reserved += quantity
        allocation.save()
        hold = Hold.objects.create(
            partner=self.request.user,
            product=product,
            quantity=quantity,
            pricing_snapshot=snapshot,
            expires_at=reservation_expires_at or timezone.now() + timedelta(hours=24),
        )
        HoldHistory.objects.create(hold=hold, status=hold.status, by=self.request.auth.public_id)
        return hold


class InventoryView(PartnerView):
    permission = "inventory:read"

    def get(self, request: Request) -> Response:
        products = Product.objects.filter(is_active=True, allocations__channel="ota").order_by("id")
        rows = InventorySerializer(
            products.prefetch_related("discounts", "allocations"), many=True
        ).data
        return Response(
            {
                "available_quantities": {row["id"]: row["available"] for row in rows},
                "pricing_context": {
                    "base_prices": {row["id"]: row["base_prices"] for row in rows},
                    "customer_types": ["adult", "child", "elderly"],
                    "product_customer_types": {row["id"]: row["customer_types"] for row in rows},
                    "special_dates": special_dates(),
                    "customer_discounts": {row["id"]: row["customer_discounts"] for row in rows},
                },
            }
        )
