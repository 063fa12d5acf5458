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
from ota.pages.guides import guides, shelved
from ota.pages.languages import LANGUAGES

GUIDES = sorted(file.stem for file in (Path(settings.BASE_DIR) / "docs" / "guides").glob("*.md"))
IN_ENGLISH = [
    "/", "/docs", "/docs/errors", "/docs/guides",
    *(f"/docs/guides/{name}" for name in GUIDES),
]  # fmt: skip
IN_CHINESE = [f"{path}?lang=zh" for path in IN_ENGLISH if path != "/"]
PAGES = [*IN_ENGLISH, *IN_CHINESE]
every_page = pytest.mark.parametrize("path", PAGES)


class Reader(HTMLParser):
    """What a browser would do with a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.ids: set[str] = set()
        self.alternates: dict[str, str] = {}
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attributes}
        self.inline += [name for name in facts if name == "style" or name.startswith("on")]
        self.ids |= {facts["id"]} if "id" in facts else set()
        if tag == "html":
            self.language = facts.get("lang", "")
        if facts.get("rel") == "alternate":
            self.alternates[facts["hreflang"]] = facts["href"]
        if tag == "a" and "href" in facts:
            self.links.append(facts["href"])
        if tag == "style" or (tag == "script" and "src" not in facts):
            self.inline.append(tag)
        if tag in ("script", "link", "img") and facts.get("rel") != "alternate":
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
    assert read.language == ("zh-Hans" if path in IN_CHINESE else "en")
    for file in read.loaded:
        assert finders.find(file.removeprefix(settings.STATIC_URL)), file


@pytest.mark.django_db  # for /admin/ and /readyz
def test_every_link_of_every_page_leads_to_a_place(client: Client) -> None:
    places: dict[str, set[str]] = {}
    for path in PAGES:
        for link in page(client, path).links:
            target, _, place = link.partition("#")
            target = target or path
            if target not in places:
                answer = client.get(target, follow=True)
                assert answer.status_code == 200, (path, link)
                places[target] = Reader(answer.content.decode()).ids
            assert not place or place in places[target], (path, link)


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
     "/docs/guides/..%2Fopenapi", "/docs/guides/quickstart.md"],
)  # fmt: skip
def test_what_is_not_there_is_a_page_with_404(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert Reader(answer.content.decode()).inline == []


@every_page
def test_a_page_can_only_be_read(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


def test_every_guide_is_listed_on_the_shelf_of_its_readers(client: Client) -> None:
    known = guides()
    listed = [name for _, _, names in shelved(known) for name in names]
    assert sorted(listed) == sorted(known) == GUIDES
    assert [guide.name for guide in known.values() if not guide.title or not guide.summary] == []
    shown = [link for link in page(client, "/docs/guides").links if "/docs/guides/" in link]
    assert shown[1] == "/docs/guides/quickstart"  # after that of the bar
    assert len(shown) == len(GUIDES) + 1


def test_a_page_says_where_it_stands_in_the_other_language(client: Client) -> None:
    for path in ("/docs/guides/pricing", "/docs/errors", "/docs/errors/busy", "/docs/guides"):
        for read in (page(client, path), page(client, f"{path}?lang=zh")):
            assert read.alternates == {"en": path, "zh-Hans": f"{path}?lang=zh"}
        assert f"{path}?lang=zh" in page(client, path).links
        assert path in page(client, f"{path}?lang=zh").links
    assert (
        client.get("/docs/guides/pricing?lang=xx").content
        == client.get("/docs/guides/pricing").content
    )


def test_no_markdown_is_left_in_a_guide() -> None:
    for guide in [*guides().values(), *guides(LANGUAGES["zh"]).values()]:
        prose = re.sub(r"<pre[^>]*>.*?</pre>|<code>.*?</code>", "", guide.body, flags=re.DOTALL)
        assert re.search(r"```|^\s*#|\]\(|\*\*|\|---", prose, re.MULTILINE) is None, guide.name


@pytest.mark.parametrize("page", ["docs", "docs/guides", "docs/guides/quickstart", "docs/errors"])
def test_a_slash_at_the_end_leads_to_the_page(client: Client, page: str) -> None:
    assert client.get(f"/{page}/").headers["Location"] == f"/{page}"
    assert client.get(f"/{page}").status_code == 200


@pytest.mark.parametrize("page", ["docs//evil.example", "docs/a/b/c", "docs/..//"])
def test_no_slash_leads_elsewhere(client: Client, page: str) -> None:
    assert client.get(f"/{page}/").status_code == 404
