"""The back office in Chinese: no word of ours, of Unfold or of a model is left in English."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from resellers.models import Partner
from ticketing.models import Batch, Order, Reservation, Scanner, Ticket

from .back_office import any_row, fill

OUR_APPS = ("inventory", "resellers", "customers", "ticketing", "ota", "direct")
# Words that are the same in both languages, and what is shown as it stands in data or in code.
SAME = re.compile(
    r"Gangway|API|QR|CSV|XLSX|HTTP|POST|GET|JSON|XLS|UTF-8|MiB|SHA-256|UUID|HKD|ID|IDs|ms|VIP|OTA|"
    r"English|x-api-key|zh-hans|TYPE|FERRY|Control|Command|Mac|[a-z]+:[a-z-]+|.•••@example.com|"
    r"[Cc]hannel_allocations|esc|Token Blacklist|Outstanding Token|Blacklisted Token|"
    r"Webhook|webhook-id|Redis|insufficient_inventory|‹[a-z0-9_]+›"
)
pytestmark = pytest.mark.django_db


def models() -> list[type[Model]]:
    return [model for name in OUR_APPS for model in apps.get_app_config(name).get_models()]


def words_of_models() -> Iterator[Any]:
    """Names, help texts and choices of every model and field."""
    yield from (apps.get_app_config(name).verbose_name for name in OUR_APPS)
    for model in models():
        yield from (model._meta.verbose_name, model._meta.verbose_name_plural)
        yield from (gettext_lazy(name) for _codename, name in model._meta.permissions)
        for field in model._meta.concrete_fields:
            if field.model._meta.app_label in OUR_APPS:  # not what a proxy takes from a package
                yield from (field.verbose_name, field.help_text)
                yield from (word for _value, word in field.flatchoices)


def words_of_pages() -> Iterator[Any]:
    """Titles of columns, groups, filters and actions of every page."""
    for page in admin.site._registry.values():
        pages = [page, *(inline for inline in page.inlines)]
        yield from (page.search_help_text, getattr(page, "empty", ""))
        yield from (title for title, _ in page.fieldsets or [])
        for each in pages:
            yield from described(each)
        yield from (each.title for each in page.list_filter if isinstance(each, type))


def described(page: Any) -> Iterator[Any]:
    named = vars(page if isinstance(page, type) else type(page)).values()
    for method in named:
        yield getattr(method, "short_description", None)


def words_of_unfold() -> Iterator[str]:
    """What its templates ask a catalogue for."""
    asked = re.compile(r"""{%-?\s*(?:translate|trans)\s+(?:"([^"]+)"|'([^']+)')""")
    for template in Path(unfold.__file__).parent.rglob("*.html"):
        for one, other in asked.findall(template.read_text(encoding="utf-8")):
            yield one or other


def untold(words: Iterable[Any]) -> list[str]:
    """Those that a reader of Chinese would be shown in English."""
    left = set()
    for word in words:
        with translation.override("en"):
            english = str(word or "")
        with translation.override("zh-hans"):
            shown = translation.gettext(english) if isinstance(word, str) else str(word or "")
        if shown == english and re.search("[a-z]{2}", SAME.sub("", english)):
            left.add(english)
    return sorted(left)


def test_every_model_field_choice_and_help_text_is_translated() -> None:
    plain = [word for word in words_of_models() if word and not isinstance(word, Promise)]

    assert plain == []
    assert untold(words_of_models()) == []


def test_every_column_filter_and_action_is_translated() -> None:
    assert untold(words_of_pages()) == []


def test_what_unfold_says_is_translated() -> None:
    assert untold(words_of_unfold()) == []


# --- The pages themselves --------------------------------------------------------------------


class Reader(HTMLParser):
    """What somebody reads of a page, without code and without links to rows."""

    UNREAD = {"script", "style", "code", "svg", "textarea", "time", "pre", "head"}
    EMPTY = {"br", "hr", "img", "input", "link", "meta"}
    NAMED = ("text-link", "material-symbols-outlined")

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[bool] = []
        self.lines: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.EMPTY:
            marks = dict(attrs).get("class") or ""
            hides = tag in self.UNREAD or any(name in marks.split() for name in self.NAMED)
            self.hidden.append(hides or (bool(self.hidden) and self.hidden[-1]))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY and self.hidden:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not (self.hidden and self.hidden[-1]):
            self.lines.update(" ".join(line.split()) for line in data.splitlines())


def left_in_english(page: str, data: re.Pattern[str]) -> set[str]:
    """Text that somebody reads who chose Chinese, without what the rows themselves say."""
    reader = Reader()
    reader.feed(page)
    return {line for line in reader.lines if _is_english(line, data)}


@cache  # the frame of all pages says the same
def _is_english(line: str, data: re.Pattern[str]) -> bool:
    word = re.compile("[A-Za-z]{3}")
    # Some data are parts of words that stay, and some of those are parts of data.
    left = (SAME.sub("", data.sub("", line)), data.sub("", SAME.sub("", line)))
    return all(word.search(each) for each in left)


def said_by_rows() -> re.Pattern[str]:
    """Everything that stands in a row of ours."""
    said: set[str] = set()
    for model in admin.site._registry:
        for row in model._default_manager.all():
            said.add(str(row))
            said.update(
                _texts([getattr(row, field.attname) for field in row._meta.concrete_fields])
            )
    longest_first = sorted((word for word in said if len(word) > 2), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), flags=re.IGNORECASE)


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from map(str, value)
            yield from _texts(value.values())
        elif isinstance(value, (list, tuple)):
            yield from _texts(value)
        elif isinstance(value, (bytes, memoryview)):
            yield bytes(value).decode(errors="replace")
        elif value is not None:
            yield str(value)


def addresses() -> Iterator[str]:
    for model in admin.site._registry:
        if model._meta.app_label == "auth":  # their permissions are named in English by Django
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_change", args=[any_row(model).pk])
        if model._meta.app_label in OUR_APPS:
            yield reverse(f"{name}_changelist") + "?q=nothing+like+it"
    for asked in (Partner, Reservation, Order, Ticket, Batch, Scanner):
        name = f"admin:{asked._meta.app_label}_{asked._meta.model_name}"
        for deed in ("issue_key", "change_limit", "cancel", "cancel_rest", "reissue", "rotate"):
            if hasattr(admin.site._registry[asked], deed):
                yield reverse(f"{name}_{deed}", args=[any_row(asked).pk])
    yield reverse("admin:resellers_partner_add")
    yield reverse("admin:resellers_reseller_add")


def test_no_page_shows_a_word_of_english(admin_client: Client) -> None:
    fill()
    data = said_by_rows()
    admin_client.post(reverse("admin:set_language"), {"language": "zh-hans"})
    left = {}
    for address in addresses():
        answer = admin_client.get(address)
        assert answer.status_code == 200, address
        if found := left_in_english(answer.content.decode(), data):
            left[address] = sorted(found)

    assert left == {}
