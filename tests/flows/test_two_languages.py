"""Guides in two languages say the same: commands, answers, links, pictures, structure."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from ota.pages.guides import IN_BOTH
from tests.flows.guide import FENCE

GUIDES = Path(settings.BASE_DIR) / "docs" / "guides"
THERE = [name for name in IN_BOTH if (GUIDES / f"{name}.md").exists()]
LINK = re.compile(r"\]\(([^)#]+)")
CODE = re.compile(r"`[^`\n]+`")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def english(name: str) -> str:
    return (GUIDES / f"{name}.md").read_text(encoding="utf-8")


def chinese(name: str) -> str:
    return (GUIDES / "zh" / f"{name}.md").read_text(encoding="utf-8")


def prose(page: str) -> str:
    return FENCE.sub("", page)


def links(page: str) -> list[str]:
    """Where a guide leads, from whichever folder; pictures are those of its own language."""
    plain = (re.sub(r"^(\.\./)+", "", link) for link in LINK.findall(page))
    return sorted(re.sub(r"^(images/.*)-(?:en|zh)\.png$", r"\1", link) for link in plain)


def structure(page: str) -> list[str]:
    """What each line is: a heading of its level, a list item, a row with its number of cells."""
    found = []
    for line in prose(page).splitlines():
        if heading := re.match("#+ ", line):
            found.append(heading[0])
        elif item := re.match(r"(- \[ \]|-|\d+\.) ", line):
            found.append(item[1])
        elif line.startswith("|"):
            found.append("|" * (line.replace("\\|", "").count("|")))
    return found


def numbers(page: str) -> list[list[str]]:
    """The numbers of each row of each table."""
    rows = [line for line in prose(page).splitlines() if line.startswith("|")]
    return [sorted(NUMBER.findall(row)) for row in rows]


def test_every_guide_of_partners_and_staff_is_there_in_both_languages() -> None:
    in_chinese = {file.stem for file in (GUIDES / "zh").glob("*.md")}
    assert set(THERE) <= in_chinese <= set(IN_BOTH)


@pytest.mark.parametrize("name", THERE)
def test_both_languages_say_the_same(name: str) -> None:
    ours, theirs = english(name), chinese(name)
    assert FENCE.findall(theirs) == FENCE.findall(ours)  # so the commands are run once
    assert structure(theirs) == structure(ours)
    assert links(theirs) == links(ours)
    assert set(CODE.findall(prose(theirs))) == set(CODE.findall(prose(ours)))
    assert numbers(theirs) == numbers(ours)
    assert len(CHINESE.findall(prose(theirs))) > len(prose(ours)) / 8
