"""Which sources a browser may load for our pages (Content-Security-Policy).

Django 6 brings the same: its settings, its decorator and the attribute on the response are used
here under their own names. After the move delete this module, name
`django.middleware.csp.ContentSecurityPolicyMiddleware` in its place, and import `csp_override`
from `django.views.decorators.csp`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
Policy = Mapping[str, Sequence[str]]
View = Callable[..., HttpResponse]


def build_policy(config: Policy) -> str:
    """The header's text: `{"default-src": ["'self'"]}` is `default-src 'self'`."""
    return "; ".join(" ".join([directive, *sources]) for directive, sources in config.items())


def csp_override(config: Policy) -> Callable[[View], View]:
    """A view with a policy of its own instead of SECURE_CSP; {} for none."""

    def decorate(view: View) -> View:
        @wraps(view)
        def overridden(*args: object, **kwargs: object) -> HttpResponse:
            response = view(*args, **kwargs)
            response._csp_config = config  # type: ignore[attr-defined]
            return response

        return overridden

    return decorate


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """SECURE_CSP, or the view's own policy, on every answer that does not set the header itself."""

    def guarded(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        config = getattr(response, "_csp_config", settings.SECURE_CSP)
        if config and HEADER not in response.headers:
            response.headers[HEADER] = build_policy(config)
        return response

    return guarded
