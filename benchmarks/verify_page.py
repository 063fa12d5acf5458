"""The page behind a link as a phone fetches it: how many requests it takes, how heavy they are."""

import http.client
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from benchmarks import calls
from benchmarks.figures import Verdict
from benchmarks.load import Invalid
from benchmarks.stage import Stage

MOST_BYTES = 20_000
MOST_REQUESTS = 2
EMBEDDING = {"src", "srcset", "poster", "data", "background"}
_IN_STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass(frozen=True, slots=True)
class Visit:
    """One page with all that it asks for: bytes of heads and bodies, as they are sent."""

    name: str
    requests: int
    bytes: int


class _Parts(HTMLParser):
    """Addresses that a browser fetches unasked, in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in EMBEDDING or (tag == "link" and name == "href")):
                self.found.append(value)


def measured(stage: Stage) -> list[Visit]:
    """A genuine link and a forged one, in both languages."""
    pages = {"a genuine link": _link(stage), "a forged link": f"{stage.product}/qr/verify?t=x"}
    return [
        _visit(f"{name}, {lang}", f"{url}&lang={lang}")
        for name, url in pages.items()
        for lang in ("zh", "en")
    ]


def _link(stage: Stage) -> str:
    key, code = (stage.files / "partners").read_text().split()[:2]
    url = f"{stage.product}/qr/{code}"
    made = json.loads(calls.post(url, key, {"qr_type": "url"}, once=uuid.uuid4().hex))
    return str(made["verify_url"])


def _visit(name: str, url: str) -> Visit:
    weight, page = _fetched(url)
    asked = parts(page.decode())
    addresses = dict.fromkeys(urljoin(url, each) for each in asked)
    if foreign := [each for each in addresses if urlsplit(each).netloc != urlsplit(url).netloc]:
        raise Invalid(f"The verify page asks others: {foreign}")
    weights = [weight, *(_fetched(each)[0] for each in addresses)]
    return Visit(name, len(weights), sum(weights))


def parts(page: str) -> list[str]:
    """What a browser fetches with a page."""
    reader = _Parts()
    reader.feed(page)
    styles = [first or second for first, second in _IN_STYLES.findall(page)]
    return [each for each in reader.found + styles if not each.startswith("data:")]


def _fetched(url: str) -> tuple[int, bytes]:
    """The bytes of head and body of an answer, and the body; nothing is compressed."""
    address = urlsplit(url)
    caller = http.client.HTTPConnection(address.netloc, timeout=10)
    caller.request("GET", f"{address.path}?{address.query}" if address.query else address.path)
    answer = caller.getresponse()
    body = answer.read()
    caller.close()
    if answer.status not in (200, 400):
        raise Invalid(f"{address.path} answers {answer.status}")
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{answer.headers}"
    return len(head.encode()) + len(body), body


def verdicts(visits: list[Visit]) -> Iterator[Verdict]:
    """The heaviest visit, and the one with the most requests."""
    most, requests = max(each.bytes for each in visits), max(each.requests for each in visits)
    yield Verdict("verify page, all in all: bytes", most, f"<= {MOST_BYTES}", most <= MOST_BYTES)
    asked = f"<= {MOST_REQUESTS}"
    yield Verdict("verify page: requests", requests, asked, requests <= MOST_REQUESTS)
