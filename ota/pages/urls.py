"""Where the pages are; without prefix, below the root."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from . import errors, guides, reference, self_test, start

urlpatterns = [
    path("", start.start, name="start"),
    path("openapi.json", reference.as_json, name="openapi-json"),
    path("openapi.yaml", reference.as_yaml, name="openapi-yaml"),
    path("docs", reference.reference, name="docs"),
    path("docs/errors", errors.catalogue_page, name="docs-errors"),
    path("docs/errors/<str:code>", errors.error_page, name="docs-error"),
    path("docs/partner_check.pyz", self_test.as_file, name="self-test"),
    path("docs/guides", guides.index, name="docs-guides"),
    path("docs/guides/<str:name>", guides.guide_page, name="docs-guide"),
    # As people type it.
    re_path(r"^(?P<page>docs(?:/[\w-]+){0,2})/\Z", RedirectView.as_view(url="/%(page)s")),
]
