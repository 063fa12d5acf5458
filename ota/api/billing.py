"""What a partner and its resellers sold: counted and added up for any days."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Choice, Date, Integer, ListOf, Pattern, Text
from config.api.reading import read_query
from config.api.strict import Strict, refused
from ticketing import summary
from ticketing.summary import DEFAULT_CURRENCY, STATEMENTS, Asked, Figures

from . import billing_examples as examples
from .partner_view import PartnerView

CURRENCY = "[A-Z]{3}"


class SummaryQuery(Strict):
    """Which days, counted from midnight in Hong Kong, and what makes a row."""

    locals()["from"] = Date(required=False, source="first", help_text="The first day; all before.")
    to = Date(required=False, source="last", help_text="The last day, included; all after.")
    group_by = Choice(choices=list(STATEMENTS), required=False, help_text="Default: reseller.")
    reseller_id = Integer(min_value=1, required=False, help_text="Of this reseller only.")
    currency = Pattern(CURRENCY, required=False, help_text=f"Default: {DEFAULT_CURRENCY}.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            raise refused("to", "The last day is before the first.", "before_from")
        return values


class SummaryFigures(Strict):
    """Counts, and amounts after reversals."""

    tickets_generated = Integer()
    tickets_activated = Integer()
    tickets_used = Integer()
    tickets_cancelled = Integer()
    gross = Amount()
    commission = Amount()
    net = Amount()


class SummaryRow(SummaryFigures):
    """One reseller, product, batch or day; it has the names that belong to it."""

    reseller_id = Integer(allow_null=True, required=False, help_text="null: no reseller.")
    reseller_code = Text(required=False, help_text="direct: no reseller.")
    reseller_name = Text(required=False)
    product_id = Integer(required=False)
    product_name = Text(required=False)
    batch_id = Text(required=False)
    date = Date(required=False)


class BillingSummary(Strict):
    """What was sold on these days."""

    locals()["from"] = Date(allow_null=True)
    to = Date(allow_null=True)
    group_by = Choice(choices=list(STATEMENTS))
    currency = Text()
    other_currencies = ListOf(Text(), help_text="Batches in these are not counted here.")
    totals = SummaryFigures()
    rows = SummaryRow(many=True)


class BillingSummaryView(PartnerView):
    @answers(
        200,
        BillingSummary,
        query=SummaryQuery,
        operation="billing_summary",
        example=examples.SUMMARY,
    )
    def get(self, request: Request) -> Response:
        """What you and your resellers sold.

        Added up from the settlement entries at this moment. Grouped by reseller, every one of
        yours is a row, active or not, and `direct` is what was sold without one.
        """
        wish = read_query(request, SummaryQuery)
        group_by = wish.pop("group_by", "reseller")
        asked = Asked(self.partner, **wish)
        found = summary.summed(asked, group_by)
        return Response(
            {
                "from": asked.first,
                "to": asked.last,
                "group_by": group_by,
                "currency": asked.currency,
                "other_currencies": found.other_currencies,
                "totals": _figures(found.totals),
                "rows": [{**names, **_figures(figures)} for names, figures in found.rows],
            }
        )


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "tickets_generated": figures.generated,
        "tickets_activated": figures.activated,
        "tickets_used": figures.used,
        "tickets_cancelled": figures.cancelled,
        "gross": figures.gross,
        "commission": figures.commission,
        "net": figures.net,
    }
