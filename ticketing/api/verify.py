"""The page behind a link: what a ticket is worth now, for anybody, in two languages.

It changes nothing, however often it is fetched, carries no script and no third party's byte,
and tells every forged code the same.
"""

import base64
import hashlib
import secrets
import unicodedata
from typing import Any
from urllib.parse import parse_qsl, urlencode

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from rest_framework.request import Request
from rest_framework.views import APIView

from config import rate_limits
from config.api.addresses import address_of
from config.api.answers import answers
from config.api.fields import Choice, Text
from config.api.refusals import RateLimited
from config.api.rendering import JSONRenderer
from config.api.strict import Strict
from config.csp import HEADER, build_policy
from config.errors import Refusal
from qrcodes.errors import QrNotConfigured, QrSuperseded, TokenExpired, TokenInvalid

from .. import passes
from ..passes import Look
from . import examples
from . import verify_words as words
from .verify_words import EN, TAGS, ZH, Verdict

log = structlog.get_logger("ota.qr")
STYLE = (settings.BASE_DIR / "templates" / "qr" / "verify.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store, private, max-age=0",
    "Pragma": "no-cache",
    "Expires": "0",
    HEADER: build_policy(
        {
            "default-src": ["'none'"],
            "style-src": [f"'sha256-{STYLE_HASH}'"],
            "img-src": ["'self'"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "frame-ancestors": ["'none'"],
        }
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Vary": "Accept-Language",
}


class VerifyQuery(Strict):
    """Only shown: what else stands in the address is passed over."""

    t = Text(max_length=128, required=False, help_text="The token of the QR.")
    lang = Choice(choices=[ZH, EN], required=False, help_text="Else by Accept-Language.")


class VerifyView(APIView):
    """Everybody may look; the answer is a page, in refusal too."""

    tags = ["QR Codes"]
    authentication_classes = []
    permission_classes = []
    http_method_names = ["get", "head"]
    pages = {
        400: "The link is missing, forged, foreign, replaced or over.",
        500: "Nothing can be checked before an operator sets the keys.",
        429: "This address asked too often; Retry-After says when to come again.",
        503: "Nothing can be checked at the moment; open it again after Retry-After.",
    }

    @answers(
        200,
        {"type": "string"},
        media_type="text/html; charset=utf-8",
        query=VerifyQuery,
        operation="verify_ticket",
        example=examples.VERIFY_PAGE,
    )
    def get(self, request: Request) -> HttpResponse:
        """See a ticket.

        The page that a QR of type `url` leads to: ticket code, product, status and validity, in
        Chinese or English (`lang=zh|en`, else by Accept-Language). It redeems nothing.
        """
        address = rate_limits.count(
            "verify", address_of(request), settings.VERIFY_REQUESTS_PER_MINUTE
        )
        if address.is_exceeded:
            raise RateLimited("Wait.", retry_after=address.reset)
        token, lang = _asked(request)
        try:
            look = passes.look(token, at=timezone.now())
        except TokenExpired:
            return _refused(words.CODE_EXPIRED, lang, token, outcome="token_expired")
        except QrSuperseded:
            return _refused(words.REPLACED, lang, token, outcome="superseded_qr")
        except QrNotConfigured:
            raise
        except Refusal as refusal:
            reason = getattr(refusal, "reason", refusal.code)
            return _refused(words.INVALID, lang, "", outcome=TokenInvalid.code, reason=reason)
        log.info("ota.qr.verified", outcome=look.ticket.status)
        return _page(words.BY_STATUS[look.ticket.status], lang, token, **_facts(look, token, lang))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """A page, whatever the browser says it accepts; only a wrong method is told as JSON."""
        return JSONRenderer(), JSONRenderer.media_type

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        """People are shown a page where the check itself cannot be done."""
        if isinstance(exc, QrNotConfigured):
            return self._unavailable(500, exc)
        if isinstance(exc, OperationalError | InterfaceError):
            return self._unavailable(503, exc)
        if isinstance(exc, RateLimited):
            return self._too_often(exc)
        return super().handle_exception(exc)

    def _too_often(self, refused: RateLimited) -> HttpResponse:
        _, lang = _asked(self.request)
        page = _page(words.TOO_OFTEN, lang, status=429)
        page["Retry-After"] = str(refused.retry_after)
        return page

    def _unavailable(self, status: int, error: Exception) -> HttpResponse:
        log.warning("ota.qr.unavailable", status=status, error=type(error).__name__)
        _, lang = _asked(self.request)
        page = _page(words.UNAVAILABLE, lang, status=status)
        if status == 503:
            page["Retry-After"] = "1"
        return page


@require_safe
def domain_proof(request: HttpRequest, code: str) -> HttpResponse:
    """The file by which WeChat sees that a domain is ours; only for codes of the settings."""
    if code not in settings.WECHAT_DOMAIN_CODES:
        raise Http404
    return HttpResponse(code, content_type="text/plain")


def _asked(request: Request) -> tuple[str, str]:
    """The token, "" where there is not exactly one, and the language."""
    # Not request.GET: a query of a thousand parameters gets the same page as every other.
    asked = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    tokens = [value for name, value in asked if name == "t"]
    wished = [value for name, value in asked if name == "lang"]
    lang = words.chosen(wished[-1] if wished else None, request.headers.get("Accept-Language", ""))
    return (tokens[0] if len(tokens) == 1 else ""), lang


def _facts(look: Look, token: str, lang: str) -> dict[str, Any]:
    """What the page of a genuine link shows beside the verdict; the list is closed."""
    again = {"t": token, "lang": lang, "r": secrets.token_hex(4)}
    return {
        "ticket_code": look.ticket.code,
        "product": _readable(look.ticket.product.name),
        "shown_until": words.moment(look.expires_at),
        "again": f"?{urlencode(again)}",
    }


def _refused(verdict: Verdict, lang: str, genuine: str, **told: str) -> HttpResponse:
    log.info("ota.qr.verified", **told)
    return _page(verdict, lang, genuine, status=400)


def _page(
    verdict: Verdict, lang: str, genuine: str = "", *, status: int = 200, **facts: Any
) -> HttpResponse:
    """The page; it leads to itself in the other language with a genuine token only."""
    other = EN if lang == ZH else ZH
    switch = {"t": genuine, "lang": other} if genuine else {"lang": other}
    shown = {
        "verdict": verdict,
        "word": verdict.word[lang],
        "other_word": verdict.word[other],
        "meaning": verdict.meaning[lang],
        "validity": (verdict.validity or {}).get(lang),
        "label": words.LABELS[lang],
        "other_notice": words.LABELS[other]["notice"],
        "lang": TAGS[lang],
        "other_lang": TAGS[other],
        "switch": f"?{urlencode(switch)}",
        "checked": words.moment(timezone.now()),
        "style": mark_safe(STYLE),  # noqa: S308  a file of ours
        "icon": f"{settings.STATIC_URL}gangway/icon.svg",
        **facts,
    }
    html = get_template("qr/verify.html").render(shown)
    page = HttpResponse(html, status=status, content_type="text/html; charset=utf-8")
    for name, value in HEADERS.items():
        page[name] = value
    page["Content-Language"] = TAGS[lang]
    return page


def _readable(name: str) -> str:
    """A product's name without what cannot be seen or turns the writing round."""
    seen = (sign for sign in unicodedata.normalize("NFC", name) if _is_seen(sign))
    return "".join(seen)


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
