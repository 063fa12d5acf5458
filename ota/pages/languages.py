"""In which language a page is read: what its address says, `?lang=zh`; else English."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

ENGLISH, CHINESE = "en", "zh"


class Language(NamedTuple):
    """One language: as addresses, as Django, and as browsers name it; how links go on in it."""

    code: str
    catalogue: str
    tag: str
    query: str


LANGUAGES = {
    ENGLISH: Language(ENGLISH, "en", "en", ""),
    CHINESE: Language(CHINESE, "zh-hans", "zh-Hans", "?lang=zh"),
}


def language_of(request: HttpRequest) -> Language:
    """The language an address asks for; English where it asks for none or for another."""
    return LANGUAGES.get(request.GET.get("lang", ENGLISH), LANGUAGES[ENGLISH])


def page(
    request: HttpRequest, template: str, facts: dict[str, Any], *, written_in: str = ""
) -> HttpResponse:
    """A page in the language of its address; `written_in` where its content is in another."""
    language = language_of(request)
    other = LANGUAGES[ENGLISH if language.code == CHINESE else CHINESE]
    frame = {
        "language": language,
        "other": other,
        "lang": language.query,
        "content_tag": LANGUAGES[written_in].tag if written_in else language.tag,
        "languages": LANGUAGES.values(),
    }
    with translation.override(language.catalogue):
        return render(request, template, {**frame, **facts})
