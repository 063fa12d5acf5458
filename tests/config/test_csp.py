"""Which sources pages may load: nothing from elsewhere, and more only where the admin needs it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver

from config.csp import content_security_policy, csp_override


def policy(response: Any) -> dict[str, list[str]]:
    """The header, taken apart."""
    parts = response.headers["Content-Security-Policy"].split("; ")
    return {name: sources for name, *sources in map(str.split, parts)}


def answer(view: object) -> HttpResponse:
    return content_security_policy(view)(RequestFactory().get("/"))  # type: ignore[arg-type]


def test_pages_load_nothing_from_elsewhere_and_run_no_text_as_code(client: Client) -> None:
    strict = policy(client.get("/healthz"))

    assert strict["default-src"] == ["'self'"]
    assert strict["object-src"] == strict["frame-ancestors"] == strict["base-uri"] == ["'none'"]
    assert "unsafe" not in str(strict)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/admin/"])
def test_below_admin_alpine_may_compile_and_nothing_else_is_looser(
    admin_client: Client, path: str
) -> None:
    strict, relaxed = policy(admin_client.get("/healthz")), policy(admin_client.get(path))

    assert relaxed.pop("script-src") == ["'self'", "'unsafe-eval'"]
    assert relaxed.pop("style-src") == ["'self'", "'unsafe-inline'"]
    assert relaxed == strict


@pytest.mark.django_db
def test_a_browser_names_its_origin_when_it_logs_in(client: Client) -> None:
    # With `no-referrer` browsers post `Origin: null`, and this is what becomes of it.
    strict = Client(enforce_csrf_checks=True)
    page = strict.get("/admin/login/")
    token = {"csrfmiddlewaretoken": strict.cookies["csrftoken"].value}

    own, null = (
        strict.post("/admin/login/", token, headers={"origin": origin}).status_code
        for origin in ("http://testserver", "null")
    )

    assert (own, null) == (200, 403)
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_view_may_have_a_policy_of_its_own_or_none() -> None:
    @csp_override({"default-src": ["'none'"]})
    def locked(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @csp_override({})
    def open_to_all(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert policy(answer(locked)) == {"default-src": ["'none'"]}
    assert "Content-Security-Policy" not in answer(open_to_all).headers


def test_a_header_a_view_wrote_itself_stays() -> None:
    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "sandbox"})

    assert policy(answer(own)) == {"sandbox": []}


@pytest.mark.django_db
def test_every_page_outside_the_back_office_is_strict(client: Client) -> None:
    policies = {path: policy(client.get(path)) for path in pages_outside()}

    assert {"/", "/docs", "/venue/", "/qr/verify"} <= policies.keys()
    for path, found in policies.items():
        assert found["default-src"] in (["'self'"], ["'none'"]), path
        assert "unsafe" not in str(found.get("script-src", "")) + str(found["default-src"]), path
        assert found["frame-ancestors"] == ["'none'"], path


def pages_outside() -> list[str]:
    """Every address that takes no argument, but those below /admin/ and the schema's files."""

    def below(resolver: Any, before: str) -> Iterator[str]:
        for each in resolver.url_patterns:
            path = before + str(each.pattern)
            if path.startswith("/admin/"):
                continue
            if isinstance(each, URLPattern):
                yield path
            else:
                yield from below(each, path)

    return [path for path in below(get_resolver(), "/") if not set("<^(.") & set(path)]
