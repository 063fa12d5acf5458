"""What people read: every page opens, leads somewhere, and keeps to the policy for browsers."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import Settings

from config.api.catalogue import catalogue
from ota.pages.guides import guides

GUIDES = [
    "quickstart",
    "alerts",
    "direct-channel",
    "gate",
    "idempotency-and-retries",
    "pre-made-tickets",
    "pricing",
    "rate-limits",
    "resellers",
    "scanner-page",
    "settlement",
]
PAGES = ["/", "/docs", "/docs/errors", "/docs/guides", *(f"/docs/guides/{name}" for name in GUIDES)]
every_page = pytest.mark.parametrize("path", PAGES)


class Reader(HTMLParser):
    """What a browser would do with a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.ids: set[str] = set()
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attributes}
        self.inline += [name for name in facts if name == "style" or name.startswith("on")]
        self.ids |= {facts["id"]} if "id" in facts else set()
        if tag == "html":
            self.language = facts.get("lang", "")
        if tag == "a":
            self.links.append(facts["href"])
        if tag == "style" or (tag == "script" and "src" not in facts):
            self.inline.append(tag)
        if tag in ("script", "link", "img"):
            self.loaded.append(facts.get("src") or facts["href"])


def page(client: Client, path: str) -> Reader:
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return Reader(answer.content.decode())


@every_page
def test_a_page_loads_only_files_of_ours_and_has_nothing_inline(client: Client, path: str) -> None:
    read = page(client, path)
    assert read.inline == []
    assert read.language == "en"
    for file in read.loaded:
        assert finders.find(file.removeprefix(settings.STATIC_URL)), file


@every_page
@pytest.mark.django_db  # for /admin/ and /readyz
def test_every_link_of_a_page_leads_to_a_page(client: Client, path: str) -> None:
    for link in page(client, path).links:
        target, _, place = link.partition("#")
        answer = client.get(target or path, follow=True)
        assert answer.status_code == 200, link
        if place:
            assert place in Reader(answer.content.decode()).ids, link


@every_page
def test_a_page_needs_no_database(client: Client, path: str) -> None:
    # The test has no database mark: a query would raise.
    assert client.get(path).status_code == client.head(path).status_code == 200


def test_the_start_page_leads_everywhere(client: Client) -> None:
    links = {"/docs", "/openapi.json", "/openapi.yaml", "/admin/", "/docs/guides", "/docs/errors"}
    assert links <= set(page(client, "/").links)


@pytest.mark.parametrize(("demo", "shown"), [(True, 1), (False, 0)])
def test_the_demo_key_is_shown_in_the_demo_only(
    client: Client, settings: Settings, demo: bool, shown: int
) -> None:
    settings.DEMO = demo
    assert client.get("/").content.count(b"ota_test_key_12345") == shown


@pytest.mark.parametrize("code", list(catalogue()))
def test_every_code_has_a_page(client: Client, code: str) -> None:
    entry, answer = catalogue()[code], client.get(f"/docs/errors/{code}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"<code>{code}</code>" in text
    assert f"{entry.status} " in text
    assert entry.remedy


def test_the_page_of_a_code_names_the_operations_that_answer_it(client: Client) -> None:
    links = page(client, "/docs/errors/insufficient_inventory").links
    assert [link for link in links if "#" in link] == [
        "#content",
        "/docs#/OTA%20Integration/create_reservation",
        "/docs#/OTA%20Integration/generate_tickets",
        "/docs#/Direct%20sales/place_order",
    ]


@pytest.mark.parametrize(
    "path",
    ["/docs/errors/no_such_code", "/docs/errors/NOT_FOUND", "/docs/guides/no-such-guide",
     "/docs/guides/..%2Fopenapi", "/docs/guides/quickstart.md", "/docs/", "/docs/errors/"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_with_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert Reader(answer.content.decode()).inline == []


@every_page
def test_a_page_can_only_be_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_every_guide_is_listed_the_quickstart_first() -> None:
    files = (Path(settings.BASE_DIR) / "docs" / "guides").glob("*.md")
    assert sorted(guides()) == sorted(file.stem for file in files) == sorted(GUIDES)
    assert next(iter(guides())) == "quickstart"
    assert [guide.name for guide in guides().values() if not guide.title or not guide.summary] == []


def test_no_markdown_is_left_in_a_guide() -> None:
    for guide in guides().values():
        prose = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", guide.body, flags=re.DOTALL)
        assert re.search(r"```|^\s*#|\]\(|\*\*|\|---", prose, re.MULTILINE) is None, guide.name
