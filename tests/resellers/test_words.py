"""What staff read of resellers is there in both languages, whatever is wrong."""

import pytest
from django.utils import translation

from resellers.admin.words import _WRONG, LABELS, wrong


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_word_can_be_said_of_every_column(language: str) -> None:
    with translation.override(language):
        said = {wrong(column, code, "x%") for column in ("", *LABELS) for code in _WRONG}
    assert len(said) > 20
    assert not any("%(" in words for words in said)


def test_a_code_without_words_of_ours_is_said_as_the_api_says_it() -> None:
    assert wrong("name", "some_other_code", "100% wrong") == "100% wrong"
