"""Generate thousands of pre-made tickets in one call."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config import memory
from config.api.answers import answers
from config.api.fields import Amount, Choice, Integer, ListOf, Moment, Pattern, Text
from config.api.reading import read
from config.api.strict import Strict, refused
from inventory.currencies import CURRENCIES
from inventory.errors import SoldOut, UnknownProduct
from inventory.models import CustomerType
from inventory.pricing import SpecialPricing
from qrcodes.errors import QrNotConfigured
from resellers.errors import ResellerInactive, UnknownReseller
from resellers.shapes import RESELLER_CODE
from ticketing import batches
from ticketing.api.shapes import Entitlement
from ticketing.batches import Recipient
from ticketing.errors import DuplicateBatch
from ticketing.models import Batch, Ticket

from . import examples
from .batch_shapes import (
    BATCH_ID,
    BatchMetadata,
    DistributionInfo,
    batch_metadata,
    reseller_metadata,
)
from .batch_tickets import batch_tickets
from .partner_view import PartnerView, idempotent_by_reference
from .shapes import PricingSnapshot


class ResellerInfo(Strict):
    """The older spelling of reseller_metadata."""

    reseller_name = Text(max_length=100)
    batch_purpose = Text(max_length=200, required=False)


class ResellerMetadata(Strict):
    """Whom the batch is meant for; the reseller's code or name links it to your registry."""

    intended_reseller = Text(max_length=100, required=False)
    batch_purpose = Text(max_length=200, required=False)


class TypePriceIn(Strict):
    """The weekday price of one customer type."""

    customer_type = Choice(choices=CustomerType.choices)
    price = Amount(min_value=0, max_digits=9)


class SpecialPricingIn(Strict):
    """Prices of this batch alone; types that are not listed pay the base price."""

    base_price = Amount(min_value=0, max_digits=9)
    customer_type_pricing = ListOf(TypePriceIn(), max_length=6, required=False)
    weekend_premium = Amount(
        min_value=0, max_digits=9, required=False, help_text="Default: the product's."
    )
    currency = Pattern("[A-Z]{3}", required=False, help_text="ISO 4217. Default: HKD.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        listed = [each["customer_type"] for each in values.get("customer_type_pricing", [])]
        if len(set(listed)) < len(listed):
            raise refused("customer_type_pricing", "Name each customer type once.", "repeated_type")
        if values.get("currency", "HKD") not in CURRENCIES:
            raise refused("currency", "Send an ISO 4217 code such as HKD.", "unknown_currency")
        return values


class BulkRequest(Strict):
    """A batch of tickets to be sold later, one by one."""

    product_id = Integer(min_value=1)
    quantity = Integer(min_value=1, max_value=5000)
    batch_id = Pattern(BATCH_ID, help_text="Your own id of the batch, unique among yours.")
    distribution_mode = Choice(
        choices=Batch.Mode.choices, required=False, help_text="Default: direct_sale."
    )
    reseller_metadata = ResellerMetadata(required=False)
    reseller_info = ResellerInfo(required=False)
    reseller_id = Integer(min_value=1, required=False)
    reseller_code = Pattern(RESELLER_CODE, required=False)
    batch_metadata = BatchMetadata(required=False)
    special_pricing = SpecialPricingIn(required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        recipient = _recipient(values)
        mode = values.get("distribution_mode", Batch.Mode.DIRECT_SALE)
        if mode == Batch.Mode.RESELLER_BATCH and not recipient.intended_reseller:
            raise _without_reseller()
        return {
            "product_id": values["product_id"],
            "quantity": values["quantity"],
            "batch_id": values["batch_id"],
            "distribution_mode": mode,
            "recipient": recipient,
            "metadata": values.get("batch_metadata"),
            "special_pricing": _special(values.get("special_pricing")),
        }


class PreMadeTicket(Strict):
    """A ticket that waits for its customer."""

    ticket_code = Text()
    qr_code = Text(max_length=10_000, help_text="data:image/png;base64,…, stable for its life.")
    status = Choice(choices=[Ticket.Status.PRE_GENERATED])
    entitlements = ListOf(Entitlement())
    reseller_metadata = DistributionInfo(required=False)


class GeneratedBatch(Strict):
    """A batch with every one of its tickets."""

    batch_id = Text()
    product_id = Integer()
    distribution_mode = Choice(choices=Batch.Mode.choices)
    total_generated = Integer()
    expires_at = Moment(help_text="End of the sales period; for reference, not enforced.")
    pricing_snapshot = PricingSnapshot()
    reseller_id = Integer(allow_null=True)
    reseller_metadata = DistributionInfo(allow_null=True)
    batch_metadata = BatchMetadata(allow_null=True)
    created_at = Moment()
    tickets = ListOf(PreMadeTicket(), max_length=5000)


def reference(batch: Batch) -> dict[str, Any]:
    """What is kept of the answer: where to look, and what might look otherwise later."""
    return {
        "batch": str(batch.pk),
        "reseller_id": batch.reseller_id,
        "reseller_metadata": reseller_metadata(batch),
    }


def generated(kept: dict[str, Any]) -> dict[str, Any]:
    """The answer to a bulk call, drawn from what was frozen when the batch was made.

    Status, entitlements and QR codes are those of that moment, so that a replay is the
    first answer byte for byte, whatever became of the tickets.
    """
    batch = Batch.objects.get(pk=UUID(kept["batch"]))
    codes = list(batch.tickets.order_by("code").values_list("code", flat=True))
    return {
        "batch_id": batch.batch_id,
        "product_id": batch.product_id,
        "distribution_mode": batch.distribution_mode,
        "total_generated": len(codes),
        "expires_at": batch.expires_at,
        "pricing_snapshot": batch.pricing_snapshot,
        "reseller_id": kept["reseller_id"],
        "reseller_metadata": kept["reseller_metadata"],
        "batch_metadata": batch_metadata(batch),
        "created_at": batch.created_at,
        "tickets": batch_tickets(batch, codes, kept["reseller_metadata"]),
    }


class BulkGenerateView(PartnerView):
    max_body = 2 * 1024 * 1024

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As every endpoint; megabytes are let go as soon as they are sent."""
        response = super().dispatch(request, *args, **kwargs)
        del self.response  # view and request hold each other until the collector comes by
        memory.give_back()
        return response

    @answers(
        201,
        GeneratedBatch,
        request=BulkRequest,
        refusals=[
            UnknownProduct,
            SoldOut,
            DuplicateBatch,
            UnknownReseller,
            ResellerInactive,
            QrNotConfigured,
        ],
        operation="generate_tickets",
        example=examples.GENERATED,
        request_example=examples.BULK_REQUEST,
    )
    @idempotent_by_reference(generated)
    def post(self, request: Request) -> Response:
        """Generate a batch of pre-made tickets.

        Up to 5000 tickets with their QR codes at prices that no later change touches; all of
        them or none. Their units are held until each ticket is activated, cancelled or expired.
        """
        wish = read(request, BulkRequest)
        batch = batches.generate(partner=self.partner, at=timezone.now(), by=self.by, **wish)
        return Response(reference(batch), 201)


def _recipient(values: dict[str, Any]) -> Recipient:
    new, old = values.get("reseller_metadata", {}), values.get("reseller_info", {})
    name = new.get("intended_reseller", old.get("reseller_name", ""))
    purpose = new.get("batch_purpose", old.get("batch_purpose", ""))
    if name != old.get("reseller_name", name) or purpose != old.get("batch_purpose", purpose):
        raise refused("reseller_info", "It differs from reseller_metadata. Send one.", "ambiguous")
    return Recipient(name, purpose, values.get("reseller_id"), values.get("reseller_code"))


def _without_reseller() -> ValidationError:
    detail = "Send whom a batch of distribution_mode reseller_batch is meant for."
    missing = ErrorDetail(detail, "intended_reseller_required")
    return ValidationError({"reseller_metadata": {"intended_reseller": [missing]}})


def _special(given: dict[str, Any] | None) -> SpecialPricing | None:
    if given is None:
        return None
    own = given.pop("customer_type_pricing", [])
    return SpecialPricing(
        **given, own_prices={each["customer_type"]: each["price"] for each in own}
    )
