"""People where their name is not the matter."""

import pytest

from config import masks


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("customer@example.com", "c•••@example.com"),
        ("陳@example.com", "陳•••@example.com"),
        ("no address", "•••"),
        ("", "•••"),
    ],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masks.masked_email(address) == shown


def test_names_and_numbers_are_masked() -> None:
    assert (masks.masked("Chan Tai Man"), masks.masked("")) == ("C•••", "")
    assert masks.masked_phone("+85212345678") == "•••78"
