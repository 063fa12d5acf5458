"""The page that makes a phone a scanner: static files, and a key it keeps to itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.csp import csp_override

# Nothing but our own files may run or be asked; pictures of the camera never leave the page.
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "worker-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
}


@require_safe
@csp_override(POLICY)
def page(request: HttpRequest) -> HttpResponse:
    """The same for everybody: who holds no scanner key can do nothing with it."""
    response = render(request, "venue/scanner.html")
    response["Cache-Control"] = "no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response
