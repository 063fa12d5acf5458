"""What requests do: counted in files that all web workers of a machine share (`slots`)."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from .slots import share

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
IS_SHARED = share()  # before the first metric is made
REQUESTS = Counter(
    "gangway_requests", "Requests answered.", ["route", "method", "status", "partner"]
)
SECONDS = Histogram(
    "gangway_request_seconds",
    "Time until the answer was ready.",
    ["route", "partner"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
)


def count_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: every request is counted by route, method, status and partner."""

    def counted(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        route = _route(request)
        caller = getattr(request, "partner_call", None)
        partner = caller.partner.partner_id if caller else ""
        method = request.method if request.method in KNOWN_METHODS else "other"
        REQUESTS.labels(route, method, response.status_code, partner).inc()
        SECONDS.labels(route, partner).observe(time.perf_counter() - began)
        return response

    return counted


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return "unknown"
    return (match.url_name or "unnamed") if "admin" not in match.app_names else "admin"
