"""The error catalogue as a Markdown file, for readers of the repository."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from config.api.catalogue import Entry, catalogue

from .languages import CHINESE, ENGLISH, LANGUAGES

FILES = {ENGLISH: "errors.md", CHINESE: "errors.zh.md"}


def path_of(language: str) -> Path:
    """Where the file of a language stands."""
    return Path(settings.BASE_DIR) / "docs" / FILES[language]


def written(language: str) -> str:
    """The whole file: every code by status, with its meaning and what to do about it."""
    with translation.override(LANGUAGES[language].catalogue):
        return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    by_status: dict[int, list[Entry]] = {}
    for entry in catalogue().values():
        by_status.setdefault(entry.status, []).append(entry)
    yield f"# {_('Error codes')}"
    yield ""
    yield _("Made of the code by `manage.py error_catalogue`; a test compares it.")
    for status, entries in sorted(by_status.items()):
        yield ""
        yield f"## {status} {HTTPStatus(status).phrase}"
        yield ""
        yield f"| {_('Code')} | {_('Meaning')} | {_('What to do')} |"
        yield "|---|---|---|"
        for entry in entries:
            yield f"| `{entry.code}` | {_(entry.meaning)} | {_(entry.remedy)} |"
