"""The error catalogue: every code in both languages, as pages and as files of the repository."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from config.api import catalogue as catalogue_module
from config.api.catalogue import catalogue
from config.errors import Refusal
from ota.pages import error_file

pytestmark = pytest.mark.usefixtures("no_refusal_of_a_test")
WRITE_IT = "DEBUG=1 .venv/bin/python manage.py error_catalogue"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def no_refusal_of_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests have refusals of their own; they are not the product's."""
    every = catalogue_module._descendants

    def ours(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        return (each for each in every(kind) if not each.__module__.startswith("tests"))

    monkeypatch.setattr(catalogue_module, "_descendants", ours)


@pytest.mark.parametrize("language", error_file.FILES)
def test_the_files_in_docs_are_what_the_code_says(language: str) -> None:
    committed = error_file.path_of(language).read_text(encoding="utf-8")
    assert committed == error_file.written(language), f"Write them anew: {WRITE_IT}"


def test_every_code_is_told_in_chinese() -> None:
    with translation.override("zh-hans"):
        untold = [
            text
            for entry in catalogue().values()
            for text in (entry.title, entry.meaning, entry.remedy)
            if not CHINESE.search(translation.gettext(text))
        ]
    assert untold == []  # ota/locale/zh_Hans/LC_MESSAGES/django.po


def test_a_page_of_a_code_is_in_the_language_of_its_address(client: Client) -> None:
    english = client.get("/docs/errors/insufficient_inventory").content.decode()
    chinese = client.get("/docs/errors/insufficient_inventory?lang=zh").content.decode()
    assert "Ask for fewer units" in english
    assert "请减少份数" in chinese
    assert "<dd>Ask for fewer units" not in chinese  # the example below it is as it is sent
    listed = client.get("/docs/errors?lang=zh").content.decode()
    assert all(f"/docs/errors/{code}?lang=zh" in listed for code in catalogue())
    assert not CHINESE.search(client.get("/docs/errors").content.decode().replace("中文", ""))
