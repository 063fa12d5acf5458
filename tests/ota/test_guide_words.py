"""What a guide says is on the screen is there, in its language; and so are its pictures."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import trans_real
from django.utils.translation.trans_real import DjangoTranslation

from inventory.models import CustomerDiscount, ProductFunction
from ota.alerts import rulebook
from ota.pages.guides import IN_BOTH
from ota.pages.languages import LANGUAGES, Language
from tests.flows.guide import on_the_screen, page

ROOT = Path(settings.BASE_DIR)
ADMIN = Path(admin.__file__).parent
DOCS = ROOT / "docs"
PICTURE = re.compile(r"!\[[^]]+\]\(([^)]+\.png)\)")
SIGNS = {"+"}  # a button that has no word
MOST_BYTES = 3_000_000
both = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


def words(language: Language) -> set[str]:
    """All that pages can say in it: our own texts, Django's, Unfold's."""
    found = set(_words(language.code))
    return found | {capfirst(each) for each in found}


def _words(language: str) -> Iterator[str]:
    chinese: Any = trans_real.translation("zh-hans")
    for catalogue in chinese._catalog._catalogs:
        for key, said in catalogue.items():
            # The key of a text with a plural is a pair; a context stands before the text.
            english = key[0] if isinstance(key, tuple) else key
            yield english.rpartition("\x04")[2] if language == "en" else said
    with translation.override(LANGUAGES[language].catalogue):
        yield from _made_of_parts()


def _made_of_parts() -> Iterator[str]:
    for title in ("What became of holds, %(days)s days", "Sales, %(days)s days"):
        yield translation.gettext(title) % {"days": 7}
    for model in (CustomerDiscount, ProductFunction):
        named = {"verbose_name": capfirst(model._meta.verbose_name)}
        yield translation.gettext("Add another %(verbose_name)s") % named
    script = DjangoTranslation(
        translation.get_language(), domain="djangojs", localedirs=[str(ADMIN / "locale")]
    )
    yield script.gettext("Choose selected %s") % translation.gettext("roles")


def pictures() -> Iterator[tuple[Path, Path]]:
    """Each page of text with a picture it shows."""
    for file in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for link in PICTURE.findall(file.read_text(encoding="utf-8")):
            yield file, (file.parent / link).resolve()


@both
def test_every_word_in_bold_stands_on_the_screen(language: Language) -> None:
    said = on_the_screen("operations", language.code)
    assert len(said) > 150
    assert sorted(said - words(language) - SIGNS) == []
    assert "Fly to the moon" not in words(language)


def test_every_alert_is_in_the_table_of_the_operations_guide() -> None:
    with translation.override("en"):
        titles = {str(rule.title) for rule in (rulebook.FAILED, *rulebook.RULES.values())}
    assert set(re.findall(r"\[([^]]+)\]\(alerts\.md#", page("operations"))) == titles


def test_every_picture_of_a_guide_is_there_and_every_picture_is_in_a_guide() -> None:
    shown = {picture for _, picture in pictures()}
    there = set((DOCS / "images").iterdir())
    assert (shown - there, there - shown) == (set(), set())
    assert sum(picture.stat().st_size for picture in there) < MOST_BYTES


def test_a_guide_in_two_languages_shows_pictures_in_its_own() -> None:
    for file, picture in pictures():
        if file.stem in IN_BOTH:
            assert picture.stem.endswith("zh" if file.parent.name == "zh" else "en"), picture.name


@pytest.mark.parametrize("query", ["", "?lang=zh"])
def test_the_pictures_are_shown_on_the_pages_with_their_room_kept_free(
    client: Client, query: str
) -> None:
    shown = client.get(f"/docs/guides/operations{query}").content.decode()
    found = re.findall(r'<img alt="[^"]+" src="([^"]+)" width="\d+" height="\d+" loading', shown)
    assert len(found) == shown.count("<img") > 10
    assert {source.rpartition("/")[0] for source in found} == {f"{settings.STATIC_URL}docs"}
