"""The API reference: the schema as a file, and a page that draws it."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from . import schema
from .languages import page


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The schema drawn by Swagger UI, which is served from here."""
    return page(request, "docs/reference.html", {})


@require_safe
@conditional_page
@cache_control(max_age=300)
def as_json(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.0.3 as JSON."""
    return HttpResponse(schema.as_json(), content_type="application/json")


@require_safe
@conditional_page
@cache_control(max_age=300)
def as_yaml(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.0.3 as YAML."""
    return HttpResponse(schema.as_yaml(), content_type="application/yaml")
