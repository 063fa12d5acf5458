"""The page behind a link: true for genuine links, the same for all others, and harmless."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests import gate, looks, make
from tests.looks import VIEW, link
from ticketing.api import verify_words as words

pytestmark = pytest.mark.django_db
BUDGET = 20 * 1024
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
VERDICTS = {
    **words.BY_STATUS,
    "CODE_EXPIRED": words.CODE_EXPIRED,
    "REPLACED": words.REPLACED,
    "INVALID": words.INVALID,
    "TOO_OFTEN": words.TOO_OFTEN,
}


def text(answer: Any) -> str:
    return answer.content.decode()


def verdict(answer: Any) -> tuple[int, str, str]:
    """Status of the answer, and the word of the page in its language and in the other."""
    first, second = re.findall(
        r'class="word">(.+?) <span lang="[\w-]+">(.+?)</span>', text(answer)
    )[0]
    return answer.status_code, first, second


@pytest.mark.parametrize("state", looks.TOKENS)
@pytest.mark.parametrize(("lang", "other"), [("en", "zh"), ("zh", "en")])
def test_every_state_is_said_in_both_languages(
    client: Client, state: str, lang: str, other: str
) -> None:
    answer = client.get(looks.path(state, lang))

    word = VERDICTS[state].word
    assert verdict(answer) == (200 if state in looks.STATUSES else 400, word[lang], word[other])
    assert answer.headers["Content-Language"] == words.TAGS[lang]
    assert f'<html lang="{words.TAGS[lang]}">' in text(answer)
    assert VERDICTS[state].meaning[lang] in text(answer)


def test_all_verdicts_have_words_of_their_own_and_statuses_shapes_of_their_own() -> None:
    said = [each.word[lang] for each in VERDICTS.values() for lang in words.TAGS]
    assert len(set(said)) == len(said)
    assert len({each.look for each in words.BY_STATUS.values()}) == len(words.BY_STATUS)


def test_a_genuine_link_shows_code_product_status_and_validity(client: Client) -> None:
    ticket = make.ticket(on=make.product(name="Harbour <b>&amp; Islands"))

    page = text(client.get(link(gate.sealed(ticket, VIEW), lang="en")))

    assert ticket.code in page
    assert "Harbour &lt;b&gt;&amp;amp; Islands" in page
    assert "<dd>VALID</dd>" in page
    assert "<dd>Valid until it is used up</dd>" in page


def test_a_products_name_cannot_turn_the_writing_round(client: Client) -> None:
    ticket = make.ticket(on=make.product(name="Ferry \u202edetrevni\u202c\u200b 轮渡"))
    page = text(client.get(link(gate.sealed(ticket, VIEW))))
    assert "<bdi>Ferry detrevni 轮渡</bdi>" in page


def test_the_page_says_what_the_ticket_is_now(client: Client) -> None:
    ticket = make.ticket()
    shown = link(gate.sealed(ticket, VIEW), lang="en")
    first = verdict(client.get(shown))
    gate.use_up(ticket)
    assert (first[1], verdict(client.get(shown))[1]) == ("VALID", "USED")


def test_looking_changes_nothing_and_names_no_customer(client: Client) -> None:
    ticket = make.ticket()
    with CaptureQueriesContext(connection) as asked:
        page = text(client.get(link(gate.sealed(ticket, VIEW))))

    assert [query["sql"].split()[0] for query in asked] == ["SELECT"]
    assert ticket.order is not None
    customer = ticket.order.customer
    assert customer is not None
    for personal in (customer.name, customer.email, customer.phone):
        assert personal not in page


def forgeries() -> list[str]:
    """Queries without a genuine link in them."""
    ticket = make.ticket()
    genuine = gate.sealed(ticket, VIEW)
    torn = [genuine[:-n] for n in (1, 4, 64, 127)]
    changed = [
        genuine[:n] + ("A" if genuine[n] != "A" else "B") + genuine[n + 1 :] for n in range(128)
    ]
    foreign = [
        "", " ", "%00", "%ff", "%0A", "x", "x" * 128, "x" * 16_000, ticket.code, "中" * 40,
        quote(gate.printed(ticket)), gate.sealed(ticket), f"{genuine}A", f"%20{genuine}",
        f"https://evil.example/qr/verify?t={genuine}", "<script>alert(1)</script>", "{{7*7}}",
    ]  # fmt: skip
    queries = [f"t={token}" for token in (*torn, *changed, *foreign)]
    return [
        *queries,
        "",
        "T=1",
        f"t={genuine}&t={genuine}",
        "&".join(f"a{n}=1" for n in range(1500)),
    ]


def test_every_forgery_gets_the_same_bytes_but_for_the_time(client: Client) -> None:
    told = [
        client.get(f"/qr/verify?{query}", headers={"accept-language": "en"})
        for query in forgeries()
    ]

    assert {answer.status_code for answer in told} == {400}
    assert len({TIME.sub("now", text(answer)) for answer in told}) == 1
    assert len({len(answer.content) for answer in told}) == 1
    per_answer = {"X-Request-Id"}
    assert len({str({**answer.headers, **dict.fromkeys(per_answer)}) for answer in told}) == 1
    # The control: a genuine link whose time is over is told apart.
    expired = client.get(looks.path("CODE_EXPIRED", "en"))
    assert TIME.sub("now", text(expired)) != TIME.sub("now", text(told[0]))


HEADERS = {
    "Cache-Control": "no-store, private, max-age=0",
    "Content-Type": "text/html; charset=utf-8",
    "Pragma": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


@pytest.mark.parametrize("state", ["ACTIVE", "CODE_EXPIRED", "INVALID"])
def test_the_page_is_not_kept_not_framed_not_indexed_and_leaks_no_address(
    client: Client, state: str
) -> None:
    answer = client.get(looks.path(state))

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    policy = answer.headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src 'self'; base-uri 'none'; "
        r"form-action 'none'; frame-ancestors 'none'",
        policy,
    )
    assert "Accept-Language" in answer.headers["Vary"]
    assert "ETag" not in answer.headers
    assert not answer.cookies


@pytest.mark.parametrize("state", [*looks.TOKENS])
def test_the_page_weighs_no_more_than_20_kb_in_two_requests(client: Client, state: str) -> None:
    page = client.get(looks.path(state, "zh")).content
    fetched = re.findall(rb'(?:src|<link rel="[a-z-]+"[^>]* href)="([^"]+)"', page)

    assert fetched == [b"/static/gangway/icon.svg"]
    with open(finders.find("gangway/icon.svg"), "rb") as icon:  # type: ignore[arg-type]
        assert len(page) + len(icon.read()) <= BUDGET
    assert b"<script" not in page
    assert b"http" not in page


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("", "zh"), ("*", "zh"), ("fr", "zh"), ("en", "en"), ("en-US,en;q=0.9", "en"), ("EN", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en;q=0.8,zh;q=0.9", "zh"), ("zh-HK", "zh"),
        ("zh-Hant-TW;q=0.5, en;q=0.4", "zh"), ("en;q=0.5, zh;q=0.5", "zh"), ("zh;q=0", "en"),
        ("en;q=-1", "zh"),
        ("zh;q=0,fr", "en"), ("en;q=0", "zh"), ("*;q=0.1, en", "en"), ("en;q=0.2,*;q=0.5", "zh"),
        ("zh;q=0.1,*", "en"), (";;;,,,", "zh"), ("en;q=abc", "zh"), ("en;q=2", "zh"),
        ("en;q=0.1234", "zh"), ("en;q=0.999", "en"), ("en ; q = 0.9", "en"), ("e n", "zh"),
        ("eng", "zh"), ("enx-US", "zh"), ("x" * 10_000, "zh"), ("x," * 5000 + "en", "zh"),
        ("en," + "x," * 5000, "en"), ("\x00en", "zh"), ("en\xff", "zh"), ("zh_CN", "zh"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_a_browser_likes_best_chinese_in_doubt(
    client: Client, accepted: str, lang: str
) -> None:
    answer = client.get("/qr/verify", headers={"accept-language": accepted})
    assert answer.headers["Content-Language"] == words.TAGS[lang]
    for asked in ("en", "zh"):
        chosen = client.get(f"/qr/verify?lang={asked}", headers={"accept-language": accepted})
        assert chosen.headers["Content-Language"] == words.TAGS[asked]


def test_a_language_that_is_not_spoken_is_passed_over(client: Client) -> None:
    answer = client.get("/qr/verify?lang=fr", headers={"accept-language": "en"})
    assert answer.headers["Content-Language"] == "en"


def test_the_links_of_a_page_lead_to_itself(client: Client) -> None:
    token = gate.sealed(make.ticket(), VIEW)
    page = text(client.get(link(token, lang="en")))

    switch, again = re.findall(r'<a href="(.+?)"', page)
    assert switch == f"?t={token}&amp;lang=zh"
    assert re.fullmatch(rf"\?t={token}&amp;lang=en&amp;r=[0-9a-f]{{8}}", again)
    followed = client.get("/qr/verify" + again.replace("&amp;", "&"))
    assert verdict(followed)[:2] == (200, "VALID")


def test_without_keys_the_page_says_that_nothing_can_be_checked(
    client: Client, settings: Settings
) -> None:
    shown = looks.path("ACTIVE", "en")
    settings.QR_KEYS = []
    assert verdict(client.get(shown)) == (500, "CANNOT CHECK NOW", "暂时无法查验")


@pytest.mark.django_db(transaction=True)
def test_without_the_database_the_page_says_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = looks.path("ACTIVE", "zh")
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict["OPTIONS"], "host", "/nonexistent")
        answer = client.get(shown)
        connection.close()

    assert verdict(answer) == (503, "暂时无法查验", "CANNOT CHECK NOW")
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Cache-Control"] == HEADERS["Cache-Control"]


def test_the_page_is_only_looked_at(client: Client) -> None:
    assert client.head(looks.path("ACTIVE")).status_code == 200
    for method in (client.post, client.put, client.delete):
        assert method("/qr/verify").status_code == 405


def test_a_file_proves_the_domain_to_wechat_and_no_other_file_does(
    client: Client, settings: Settings
) -> None:
    settings.WECHAT_DOMAIN_CODES = ["abcDEF0123456789"]

    proof = client.get("/MP_verify_abcDEF0123456789.txt")

    assert (proof.status_code, proof.content) == (200, b"abcDEF0123456789")
    assert proof.headers["Content-Type"] == "text/plain"
    assert client.get("/MP_verify_0000000000000000.txt").status_code == 404
    assert client.get("/MP_verify_abcDEF0123456789.txt%0A").status_code == 404


def test_an_address_that_asks_too_often_is_told_to_wait_and_told_nothing_else(
    client: Client, settings: Settings
) -> None:
    settings.VERIFY_REQUESTS_PER_MINUTE = 2
    paths = [looks.path("ACTIVE", "en"), looks.path("INVALID", "en"), looks.path("USED", "en")]
    first, second, *refused = [client.get(path) for path in [*paths, paths[1]]]

    assert (first.status_code, second.status_code) == (200, 400)
    assert {verdict(answer) for answer in refused} == {(429, "TOO MANY CHECKS", "查验过于频繁")}
    assert len({TIME.sub("", text(answer)) for answer in refused}) == 1
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)
    assert {answer.headers["Content-Security-Policy"] for answer in refused} == {
        first.headers["Content-Security-Policy"]
    }
    elsewhere = client.get(paths[0], REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200
