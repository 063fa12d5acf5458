"""The guides of docs/guides/, written in Markdown and read as pages, in two languages."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from markdown import Markdown
from markdown.extensions.toc import TocExtension, slugify_unicode

from .languages import CHINESE, ENGLISH, LANGUAGES, Language, language_of, page

# As the files link to each other; a reader of the repository follows the same links.
NEIGHBOUR = re.compile(r'href="(?:\.\./)?([A-Za-z0-9_-]+)\.md(?=[#"])')
PICTURE = re.compile(r'src="(?:\.\./)+images/([a-z-]+\.png)"')
MARKS = re.compile(r"\[([^]]*)\]\([^)]*\)|`")  # of links and of code: a card has neither
NO_HEADINGS = re.compile(r"<thead>\s*<tr>(?:\s*<th></th>)+\s*</tr>\s*</thead>")
OURS = re.compile(r'href="(/docs(?:/errors|/guides)[^"#?]*)')

# Who reads what, in the order in which it is read. Those of IN_BOTH are in both languages.
FOR_PARTNERS = (
    "quickstart", "INTEGRATION_GUIDE", "INTEGRATION_OTA", "pre-made-tickets", "OTA_QR_CODE_GUIDE",
    "pricing", "idempotency-and-retries", "rate-limits", "webhooks", "resellers", "settlement",
    "go-live", "api-changelog",
)  # fmt: skip
AT_GATES = ("gate", "scanner-page")
FOR_OPERATIONS = ("operations", "alerts", "monitoring")
IN_BOTH = (*FOR_PARTNERS, "operations")
AUDIENCES = (
    ("partners", _("For partners"), FOR_PARTNERS),
    ("gates", _("At the gate"), AT_GATES),
    ("operations", _("For operations"), FOR_OPERATIONS),  # and all others
)


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its first heading, its first paragraph as text, its body as HTML."""

    name: str
    language: str
    title: str
    summary: str
    body: str


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every guide with its first paragraph, by who reads it."""
    known = guides(language_of(request))
    shelves = [
        (place, title, [known[name] for name in names])
        for place, title, names in shelved(known)
        if names
    ]
    return page(request, "docs/guides.html", {"shelves": shelves})


@require_safe
def guide_page(request: HttpRequest, name: str) -> HttpResponse:
    """One guide, in English where it has no other language; 404 for a name that none has."""
    known = guides(language_of(request))
    if name not in known:
        raise Http404
    others = [each for each in _neighbours(name, known) if each != name]
    facts = {"guide": known[name], "guides": [known[each] for each in others]}
    return page(request, "docs/guide.html", facts, written_in=known[name].language)


def shelved(known: dict[str, Guide]) -> Iterator[tuple[str, object, list[str]]]:
    """Every guide on the shelf of its readers; one that is on no list is for operations."""
    placed = {name for _, _, names in AUDIENCES for name in names}
    rest = [name for name in known if name not in placed]
    for place, title, names in AUDIENCES:
        mine = [name for name in names if name in known]
        yield place, title, mine + (rest if place == "operations" else [])


def _neighbours(name: str, known: dict[str, Guide]) -> list[str]:
    return next((names for _, _, names in shelved(known) if name in names), list(known))


@cache
def guides(language: Language = LANGUAGES[ENGLISH]) -> dict[str, Guide]:
    """Every guide by name, sorted by title; in English where there is no other."""
    folder = settings.BASE_DIR / "docs" / "guides"
    files = {file.stem: file for file in folder.glob("*.md")}
    if language.code == CHINESE:
        files |= {file.stem: file for file in (folder / CHINESE).glob("*.md") if file.stem in files}
    found = [
        _rendered(name, file.read_text(encoding="utf-8"), language, file.parent.name)
        for name, file in files.items()
    ]
    return {each.name: each for each in sorted(found, key=lambda guide: guide.title)}


def _rendered(name: str, text: str, language: Language, folder: str) -> Guide:
    heading, _, rest = text.partition("\n\n")
    first, _, _ = rest.partition("\n\n")
    anchors = TocExtension(slugify=slugify_unicode)
    html = Markdown(extensions=["fenced_code", "tables", anchors, "sane_lists"]).convert(rest)
    linked = OURS.sub(rf'href="\1{language.query}', NEIGHBOUR.sub(r'href="/docs/guides/\1', html))
    body = PICTURE.sub(_pictured, linked)
    return Guide(
        name=name,
        language=CHINESE if folder == CHINESE else ENGLISH,
        title=heading.removeprefix("# "),
        summary=MARKS.sub(r"\1", " ".join(first.split())),
        body=mark_safe(_readable(body)),  # noqa: S308  # written by us, in this repository
    )


def _readable(html: str) -> str:
    """Boxes to tick; what is wider than a phone scrolls, by keyboard too; no empty headings."""
    html = NO_HEADINGS.sub("", html).replace("<th></th>", "<td></td>")
    html = html.replace("<table>", '<div class="wide" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
    return html.replace("<li>[ ] ", '<li class="todo">')


def _pictured(found: re.Match[str]) -> str:
    """A picture of docs/images/ as the pages load it: late, and with its room kept free."""
    file = settings.BASE_DIR / "docs" / "images" / found[1]
    if not file.exists():  # a test says so; the guide can be read without it
        return found[0]
    with file.open("rb") as picture:
        width, height = struct.unpack(">II", picture.read(24)[16:])  # where every PNG has them
    return f'src="{static(f"docs/{found[1]}")}" width="{width}" height="{height}" loading="lazy"'
