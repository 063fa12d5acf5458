"""The guides of docs/guides/, written in Markdown and read as pages."""

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe
from markdown import Markdown

# As the files link to each other; a reader of the repository follows the same links.
NEIGHBOUR = re.compile(r'href="([a-z0-9-]+)\.md(?=[#"])')


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its first heading, its first paragraph as text, its body as HTML."""

    name: str
    title: str
    summary: str
    body: str


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every guide with its first paragraph."""
    return render(request, "docs/guides.html", {"guides": guides().values()})


@require_safe
def guide_page(request: HttpRequest, name: str) -> HttpResponse:
    """One guide; 404 for a name that none has."""
    guide = guides().get(name)
    if guide is None:
        raise Http404
    return render(request, "docs/guide.html", {"guide": guide, "guides": guides().values()})


@cache
def guides() -> dict[str, Guide]:
    """Every guide by name, the quickstart first."""
    files = (settings.BASE_DIR / "docs" / "guides").glob("*.md")
    found = [_rendered(file.stem, file.read_text(encoding="utf-8")) for file in files]
    return {each.name: each for each in sorted(found, key=_quickstart_first)}


def _quickstart_first(guide: Guide) -> tuple[bool, str]:
    return guide.name != "quickstart", guide.title


def _rendered(name: str, text: str) -> Guide:
    heading, _, rest = text.partition("\n\n")
    first, _, _ = rest.partition("\n\n")
    html = Markdown(extensions=["fenced_code", "tables", "toc", "sane_lists"]).convert(rest)
    body = NEIGHBOUR.sub(r'href="/docs/guides/\1', html)
    return Guide(
        name=name,
        title=heading.removeprefix("# "),
        summary=" ".join(first.split()),
        body=mark_safe(body),  # noqa: S308  # written by us, in this repository
    )
