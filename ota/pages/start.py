"""The page somebody meets who opens the address in a browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from .languages import page


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Where to go from here, in English and Chinese."""
    facts = {"is_demo": settings.DEMO, "base_url": settings.PUBLIC_BASE_URL}
    return page(request, "docs/start.html", facts)
