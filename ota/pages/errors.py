"""A page for every code a caller may meet: where the `type` of each problem leads."""

import json
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config.api.catalogue import catalogue

from . import schema
from .languages import page


@require_safe
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """Every code with its status and its meaning."""
    return page(request, "docs/errors.html", {"entries": catalogue().values()})


@require_safe
def error_page(request: HttpRequest, code: str) -> HttpResponse:
    """What one code means, what to do about it, and where it may be met; else 404."""
    entry = catalogue().get(code)
    if entry is None:
        raise Http404
    example = schema.example_of(code)
    facts = {
        "entry": entry,
        "phrase": HTTPStatus(entry.status).phrase,
        "operations": schema.operations_with(code),
        "example": json.dumps(example, indent=2, ensure_ascii=False) if example else "",
    }
    return page(request, "docs/error.html", facts)
