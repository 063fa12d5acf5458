"""A partner's registry of resellers: whom it sells through, and at what terms."""

import re
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Choice, Pattern, Text
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import read, read_query
from resellers import registration, registry
from resellers.errors import ContractEndsFirst, DuplicateReseller, ResellerNotFound
from resellers.models import Reseller
from resellers.shapes import (
    LARGEST_ID,
    RESELLER_CODE,
    STATUSES,
    ResellerDetails,
    ResellerIn,
    ResellerPatchIn,
    reseller_details,
)

from . import examples
from .partner_view import PartnerView, idempotent, repeatable

AN_ID = re.compile("[1-9][0-9]{0,18}")


class ResellerQuery(ListQuery):
    """Which of your resellers; filters combine."""

    status = Choice(choices=STATUSES, required=False, help_text="Default: both.")
    tier = Text(max_length=40, required=False, help_text="Exactly this tier.")
    region = Text(max_length=40, required=False, help_text="Exactly this region.")
    settlement_cycle = Choice(choices=Reseller.Cycle.choices, required=False)
    contract_status = Choice(choices=Reseller.ContractStatus.choices, required=False)
    reseller_code = Pattern(RESELLER_CODE, required=False)
    search = Text(
        max_length=100, required=False, help_text="A part of the code or the name, in any case."
    )


class ResellersView(PartnerView):
    @answers(
        200,
        listing("resellers", ResellerDetails),
        query=ResellerQuery,
        operation="list_resellers",
        example=examples.page_of("resellers", examples.A_RESELLER),
    )
    def get(self, request: Request) -> Response:
        """Your resellers, newest first.

        Active and inactive ones; filters combine.
        """
        asked = read_query(request, ResellerQuery)
        paging = asked.pop("paging")
        page = paginate(registry.chosen(self.partner, **asked), paging)
        return Response(page.body("resellers", [reseller_details(row) for row in page.rows]))

    @answers(
        201,
        ResellerDetails,
        request=ResellerIn,
        refusals=[DuplicateReseller],
        operation="create_reseller",
        example=examples.A_RESELLER,
        request_example=examples.RESELLER_REQUEST,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a reseller.

        A code and a name are enough: a commission of 0.1, settled monthly, in force without end.
        """
        facts = read(request, ResellerIn)
        made = registration.register(partner=self.partner, at=timezone.now(), by=self.by, **facts)
        return Response(reseller_details(made), 201)


class ResellerView(PartnerView):
    @answers(
        200,
        ResellerDetails,
        refusals=[ResellerNotFound],
        operation="get_reseller",
        example=examples.A_RESELLER,
    )
    def get(self, request: Request, reseller_id: str) -> Response:
        """One of your resellers.

        Active or not.
        """
        return Response(reseller_details(registry.found(self.partner, _id(reseller_id))))

    @answers(
        200,
        ResellerDetails,
        request=ResellerPatchIn,
        refusals=[ResellerNotFound, DuplicateReseller, ContractEndsFirst],
        operation="change_reseller",
        example=examples.A_RESELLER,
        request_example=examples.RESELLER_PATCH,
    )
    @repeatable
    def patch(self, request: Request, reseller_id: str) -> Response:
        """Change a reseller in part.

        What is not sent stays, also inside `contact` and `contract`; null takes out what may be
        absent. A new commission rate holds for activations from now on.
        """
        return self._amended(reseller_id, read(request, ResellerPatchIn))

    @answers(
        200,
        ResellerDetails,
        request=ResellerIn,
        refusals=[ResellerNotFound, DuplicateReseller],
        operation="replace_reseller",
        example=examples.A_RESELLER,
        request_example=examples.RESELLER_REQUEST,
    )
    @repeatable
    def put(self, request: Request, reseller_id: str) -> Response:
        """Replace what is known of a reseller.

        What is not sent is as if it were registered anew, but for `status`, which stays.
        """
        return self._amended(reseller_id, registration.REPLACED | read(request, ResellerIn))

    @answers(204, refusals=[ResellerNotFound], operation="deactivate_reseller")
    @repeatable
    def delete(self, request: Request, reseller_id: str) -> Response:
        """Deactivate a reseller.

        It takes no new batches; its batches, tickets and bills stay. Twice answers 204 again.
        """
        registration.deactivate(
            partner=self.partner, reseller_id=_id(reseller_id), at=timezone.now(), by=self.by
        )
        return Response(status=204)

    def _amended(self, reseller_id: str, facts: dict[str, Any]) -> Response:
        changed = registration.amend(
            partner=self.partner,
            reseller_id=_id(reseller_id),
            at=timezone.now(),
            by=self.by,
            **facts,
        )
        return Response(reseller_details(changed))


def _id(text: str) -> int:
    if not AN_ID.fullmatch(text) or int(text) > LARGEST_ID:
        raise ResellerNotFound("No reseller of yours has this id.")
    return int(text)
