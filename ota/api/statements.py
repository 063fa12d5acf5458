"""A partner's statements: closed periods with their lines, as JSON or as a CSV file."""

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.fields import Amount, Boolean, Choice, Date, Integer, Moment, Text
from config.api.paging import DEFAULT_LIMIT, MAX_LIMIT, ListQuery, listing, paginate
from config.api.reading import id_or, read_query
from config.api.rendering import JSONRenderer
from config.api.strict import Strict
from config.spreadsheets import csv_lines
from resellers.models import Reseller
from ticketing import statement_lines
from ticketing.errors import StatementNotFound
from ticketing.models import Statement
from ticketing.statement_lines import Line

from . import billing_examples as examples
from .partner_view import PartnerView

CSV = "text/csv; charset=utf-8"


class CsvRenderer(JSONRenderer):
    """For those who ask for CSV by their Accept header; what is no statement stays JSON."""

    media_type = "text/csv"
    format = "csv"


class StatementQuery(ListQuery):
    """Which of your statements; filters combine."""

    reseller_id = Integer(min_value=1, required=False)
    status = Choice(choices=Statement.Status.choices, required=False)
    direct = Boolean(
        required=False, help_text="true: only those without a reseller; false: others."
    )


class StatementSummary(Strict):
    """A closed period; its figures are those of its lines."""

    statement_id = Text()
    number = Integer(help_text="Counted per reseller, without gaps.")
    reseller_id = Integer(allow_null=True, help_text="null: sold without a reseller.")
    reseller_code = Text(help_text="At the closing; direct: sold without a reseller.")
    reseller_name = Text()
    settlement_cycle = Choice(choices=Reseller.Cycle.choices)
    period_start = Date()
    period_end = Date()
    currency = Text()
    lines_count = Integer()
    activations = Integer()
    reversals = Integer()
    adjustments = Integer(help_text="Lines that belong to periods closed before.")
    adjustments_net = Amount()
    gross = Amount()
    commission = Amount()
    net = Amount()
    checksum = Text(help_text="SHA-256 over the lines; the guide says how to check it.")
    status = Choice(choices=Statement.Status.choices)
    created_at = Moment()


SHOWN = [str(name) for name in StatementSummary().fields if hasattr(Statement, str(name))]


class StatementNote(Strict):
    """A dispute that was noted, or the payment."""

    status = Choice(choices=Statement.Status.choices)
    reason = Text()
    at = Moment()


class StatementLineShown(Strict):
    """One sale or its reversal."""

    position = Integer()
    entry_id = Integer()
    kind = Text()
    adjustment = Boolean()
    ticket_code = Text()
    order_id = Text()
    gross = Amount()
    commission_rate = Amount(decimal_places=4)
    commission = Amount()
    net = Amount()
    currency = Text()
    at = Moment()
    batch_id = Text()
    product_id = Integer()


class StatementDetails(StatementSummary):
    """A closed period with a page of its lines."""

    notes = StatementNote(many=True)
    lines = StatementLineShown(many=True)
    page = Integer()
    page_size = Integer()


class LinesQuery(Strict):
    """Which lines, and as what; a CSV file has all of them."""

    format = Choice(choices=["json", "csv"], required=False, help_text="Default: json.")
    page = Integer(min_value=1, required=False, help_text="From 1.")
    limit = Integer(min_value=1, max_value=MAX_LIMIT, required=False, help_text="Lines per page.")


class StatementsView(PartnerView):
    @answers(
        200,
        listing("statements", StatementSummary),
        query=StatementQuery,
        operation="list_statements",
        example=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        """Your statements, newest first.

        Each closes one period of one reseller, or of what you sold without one.
        """
        asked = read_query(request, StatementQuery)
        paging, direct = asked.pop("paging"), asked.pop("direct", None)
        own = self.partner.statements.filter(**asked)
        if direct is not None:
            own = own.filter(reseller__isnull=direct)
        page = paginate(own, paging)
        return Response(page.body("statements", [_summary(row) for row in page.rows]))


class StatementView(PartnerView):
    renderer_classes = [JSONRenderer, CsvRenderer]

    @answers(
        200,
        StatementDetails,
        query=LinesQuery,
        refusals=[StatementNotFound],
        operation="get_statement",
        example=examples.DETAILS,
        files={CSV: examples.CSV},
    )
    def get(self, request: Request, statement_id: str) -> HttpResponseBase:
        """One of your statements, with its lines.

        With `format=csv` all lines come as a file, in which no text can act as a formula.
        """
        asked = read_query(request, LinesQuery)
        nothing = StatementNotFound("No statement of yours has this id.")
        statement = Statement.objects.of(self.partner, id_or(statement_id, nothing))
        if "csv" in (asked.get("format"), request.accepted_renderer.format):
            return csv_file(statement)
        page, limit = asked.get("page", 1), asked.get("limit", DEFAULT_LIMIT)
        lines = statement_lines.page(statement, page, limit)
        return Response(
            {
                **_summary(statement),
                "notes": list(statement.history.exclude(was="").values("status", "reason", "at")),
                "lines": [line._asdict() for line in lines],
                "page": page,
                "page_size": limit,
            }
        )


def csv_file(statement: Statement) -> StreamingHttpResponse:
    """All lines of a statement as a file."""
    lines = csv_lines(Line._fields, statement_lines.file_rows(statement))
    answer = StreamingHttpResponse((line.encode() for line in lines), content_type=CSV)
    name = f"{statement}-{statement.period_end}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _summary(statement: Statement) -> dict[str, Any]:
    shown = {name: getattr(statement, name) for name in SHOWN}
    return {"statement_id": statement.pk, "settlement_cycle": statement.cycle, **shown}
