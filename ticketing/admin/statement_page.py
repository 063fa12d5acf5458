"""A statement as it is printed: sheets of A4, in either language, complete without the screen."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from config.admin_cells import money

from .. import statement_lines
from ..models import Statement

MOST_LINES = 1000  # on paper; a longer statement is summed up by batch, its file has every line


def printed(statement: Statement, language: str) -> HttpResponse:
    """The page, in a language of ours or in that of the reader."""
    known = dict(settings.LANGUAGES)
    chosen = language if language in known else get_language() or settings.LANGUAGE_CODE
    context = {
        "statement": statement,
        "language": chosen,
        "languages": known.items(),
        "batches": list(_batches(statement)),
        "lines": _lines(statement),
        "most": MOST_LINES,
        "gross": money(statement.gross, statement.currency),
        "commission": money(statement.commission, statement.currency),
        "net": money(statement.net, statement.currency),
        "adjustments_net": money(statement.adjustments_net, statement.currency),
    }
    with override(chosen):
        return HttpResponse(render_to_string("admin/statement_page.html", context))


def _batches(statement: Statement) -> Iterable[dict[str, Any]]:
    by_batch: Any = statement.lines.order_by().values(
        "entry__batch__batch_id", "entry__batch__product__name"
    )
    sums = by_batch.annotate(
        activations=Count("pk", filter=Q(entry__kind="activation")),
        reversals=Count("pk", filter=Q(entry__kind="reversal")),
        **{name: Sum(f"entry__{name}") for name in ("gross", "commission", "net")},
    )
    for row in sums.order_by("entry__batch__batch_id"):
        amounts = {name: money(row[name]) for name in ("gross", "commission", "net")}
        names = {
            "batch_id": row["entry__batch__batch_id"],
            "product": row["entry__batch__product__name"],
        }
        yield {**row, **amounts, **names}


def _lines(statement: Statement) -> list[dict[str, Any]]:
    if statement.lines_count > MOST_LINES:
        return []
    return [
        {**line._asdict(), "gross": money(line.gross), "commission": money(line.commission),
         "net": money(line.net)}
        for line in statement_lines.page(statement, 1, MOST_LINES)
    ]  # fmt: skip
