"""A partner's batches: what they are, what became of them, and how to end one."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Choice, Integer, ListOf, MapOf, Moment, Text
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import read, read_query
from config.api.strict import Strict
from ticketing import analytics, batches
from ticketing.api.shapes import NoBody
from ticketing.errors import BatchNotFound
from ticketing.models import Batch

from . import examples
from .batch_shapes import BatchMetadata, DistributionInfo, batch_metadata, reseller_metadata
from .partner_view import PartnerView, idempotent
from .shapes import PricingSnapshot


class BatchQuery(ListQuery):
    """Which of your batches."""

    reseller_id = Integer(min_value=1, required=False)


class BatchDetails(Strict):
    """A batch, with its tickets counted by status."""

    batch_id = Text()
    product_id = Integer()
    quantity = Integer()
    distribution_mode = Choice(choices=Batch.Mode.choices)
    counts = MapOf(Integer(), help_text="Tickets by status, all five named.")
    reseller_id = Integer(allow_null=True)
    reseller_metadata = DistributionInfo(allow_null=True)
    batch_metadata = BatchMetadata(allow_null=True)
    pricing_snapshot = PricingSnapshot()
    expires_at = Moment()
    created_at = Moment()


class ConversionRates(Strict):
    """How much of a batch is sold."""

    activation_rate = Amount(decimal_places=4, help_text="Ever activated / generated, 0 to 1.")


class Campaign(Strict):
    """What the batch was tagged with."""

    marketing_tags = ListOf(Text())
    promotional_code = Text(allow_null=True)


class BatchAnalytics(Strict):
    """How a batch sells."""

    batch_id = Text()
    campaign_type = Text(allow_null=True)
    campaign_name = Text(allow_null=True)
    generated_at = Moment()
    tickets_generated = Integer()
    tickets_activated = Integer(help_text="Ever activated, whatever became of them.")
    conversion_rates = ConversionRates()
    batch_metadata = Campaign()


class CancelledBatch(Strict):
    """A batch of which nothing is for sale any more."""

    batch_id = Text()
    cancelled = Integer(help_text="Tickets that were cancelled now.")


class BatchesView(PartnerView):
    @answers(
        200,
        listing("batches", BatchDetails),
        query=BatchQuery,
        operation="list_batches",
        example=examples.page_of("batches", examples.BATCH),
    )
    def get(self, request: Request) -> Response:
        """Your batches, newest first.

        Each with its tickets counted by status.
        """
        asked = read_query(request, BatchQuery)
        paging = asked.pop("paging")
        own = self.partner.batches.filter(**asked).select_related("reseller")
        page = paginate(own, paging)
        counts = analytics.counts(page.rows)
        rows = [_details(batch, counts[batch.pk]) for batch in page.rows]
        return Response(page.body("batches", rows))


class BatchView(PartnerView):
    @answers(
        200,
        BatchDetails,
        refusals=[BatchNotFound],
        operation="get_batch",
        example=examples.BATCH,
    )
    def get(self, request: Request, batch_id: str) -> Response:
        """One of your batches.

        With its tickets counted by status.
        """
        batch = Batch.objects.select_related("reseller").of(self.partner, batch_id)
        return Response(_details(batch, analytics.counts([batch])[batch.pk]))


class BatchAnalyticsView(PartnerView):
    @answers(
        200,
        BatchAnalytics,
        refusals=[BatchNotFound],
        operation="get_batch_analytics",
        example=examples.BATCH_ANALYTICS,
    )
    def get(self, request: Request, batch_id: str) -> Response:
        """How a batch sells.

        Counted at this moment.
        """
        batch = Batch.objects.of(self.partner, batch_id)
        activated = analytics.activated(batch)
        rate = round(activated / batch.quantity, 4)
        return Response(
            {
                "batch_id": batch.batch_id,
                "campaign_type": batch.campaign_type or None,
                "campaign_name": batch.campaign_name or None,
                "generated_at": batch.created_at,
                "tickets_generated": batch.quantity,
                "tickets_activated": activated,
                "conversion_rates": {"activation_rate": rate},
                "batch_metadata": {
                    "marketing_tags": batch.marketing_tags or [],
                    "promotional_code": batch.promotional_code or None,
                },
            }
        )


class BatchCancelView(PartnerView):
    @answers(
        200,
        CancelledBatch,
        request=NoBody,
        refusals=[BatchNotFound],
        operation="cancel_batch",
        example=examples.CANCELLED_BATCH,
        request_example={},
    )
    @idempotent
    def post(self, request: Request, batch_id: str) -> Response:
        """Cancel the unsold rest of a batch.

        Every ticket still PRE_GENERATED is cancelled and its unit is free again.
        """
        read(request, NoBody, optional=True)
        cancelled = batches.cancel_rest(
            partner=self.partner, batch_id=batch_id, at=timezone.now(), by=self.by
        )
        return Response({"batch_id": batch_id, "cancelled": cancelled})


def _details(batch: Batch, counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "batch_id": batch.batch_id,
        "product_id": batch.product_id,
        "quantity": batch.quantity,
        "distribution_mode": batch.distribution_mode,
        "counts": counts,
        "reseller_id": batch.reseller_id,
        "reseller_metadata": reseller_metadata(batch),
        "batch_metadata": batch_metadata(batch),
        "pricing_snapshot": batch.pricing_snapshot,
        "expires_at": batch.expires_at,
        "created_at": batch.created_at,
    }
