"""A batch as partners are shown it, in the answers about batches and in the bulk answer."""

from typing import Any

from config.api.fields import Choice, Integer, ListOf, Text
from config.api.strict import Strict
from ticketing.models import Batch

BATCH_ID = r"[A-Za-z0-9_-]{1,64}"


class BatchMetadata(Strict):
    """The campaign a batch belongs to; what was not sent is left out."""

    campaign_type = Choice(choices=Batch.Campaign.choices, required=False)
    campaign_name = Text(max_length=100)
    special_conditions = ListOf(Text(max_length=100), max_length=50, required=False)
    marketing_tags = ListOf(Text(max_length=100), max_length=50, required=False)
    promotional_code = Text(max_length=100, required=False)


class DistributionInfo(Strict):
    """Whom a batch is meant for; what is not known is left out."""

    intended_reseller = Text(required=False)
    batch_purpose = Text(required=False)
    reseller_id = Integer(required=False, help_text="Where the registry knows the reseller.")
    reseller_code = Text(required=False)


def batch_metadata(batch: Batch) -> dict[str, Any] | None:
    """The campaign of a batch as it was sent; None where none was."""
    return batch.campaign or None


def reseller_metadata(batch: Batch) -> dict[str, Any] | None:
    """Whom a batch is meant for, in words and in the registry; None for a batch of nobody's."""
    linked = batch.reseller
    known = {
        "intended_reseller": batch.intended_reseller,
        "batch_purpose": batch.batch_purpose,
        "reseller_id": linked and linked.pk,
        "reseller_code": linked and linked.reseller_code,
    }
    return {name: fact for name, fact in known.items() if fact} or None
