"""No page goes unread: each guide's blocks are run by a test, each command it names is there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from ota.partner_check.command import parser
from tests.flows.guide import FENCE

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
INLINE = re.compile(r"`((?:make|manage\.py|python3?) [^`\n]+)`")
TARGET = re.compile(r"^([a-z]+):.*##", re.MULTILINE)
RUN_ELSEWHERE = ("curl", "echo", "pip", "openapi-python-client", "docker")  # and by which test:
# curl of the self-test by test_partner_check, the client by test_generated_client, echo before a
# pipe into a command of ours; nothing here has a Docker engine.


def named(page: Path) -> Iterator[str]:
    """Every command line that a reader might type, of a shell block or within a sentence."""
    text = page.read_text(encoding="utf-8")
    for kind, block in FENCE.findall(text):
        if kind in ("sh", "console"):
            yield from block.splitlines()
    yield from (found for found in INLINE.findall(FENCE.sub("", text)) if "…" not in found)


def refused(line: str) -> str:
    """Why this line cannot be typed; "" where it can."""
    typed = re.sub(r"<[^>]*>", "THIS", line.partition("  #")[0].partition(" # ")[0])
    parts = [_of_ours(shlex.split(each)) for each in re.split(r" \| | && ", typed)]
    return "" if all(not words or _is_understood(*words) for words in parts) else line


def _of_ours(words: list[str]) -> list[str]:
    """The management command and its arguments; nothing where that is not ours to know."""
    program, *rest = words[1:] if words[0].startswith("python") else words
    if program == "make" and rest[0] in TARGET.findall((ROOT / "Makefile").read_text()):
        (asked,) = [word[5:] for word in rest if word.startswith("ARGS=")] or [""]
        return shlex.split(asked) if rest[0] == "manage" else []
    if program == "partner_check.pyz":
        return ["partner_check", *rest]
    return rest if program == "manage.py" else [] if program in RUN_ELSEWHERE else words


def _is_understood(name: str, *arguments: str) -> bool:
    if name not in get_commands():
        return False
    if not arguments:  # only named, or in need of none
        return True
    try:
        if name == "partner_check":
            parser().parse_args(arguments)
        else:
            load_command_class(get_commands()[name], name).create_parser(
                "manage.py", name
            ).parse_args(arguments)
    except (SystemExit, Exception):  # noqa: BLE001  whatever Django makes of it
        return False
    return True


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in PAGES])
def test_every_command_a_page_names_is_one_of_ours(page: Path) -> None:
    assert [why for line in named(page) if (why := refused(line))] == []


def test_a_command_that_there_is_not_is_noticed() -> None:
    for wrong in (
        "make runn",
        'make manage ARGS="reconcil"',
        "manage.py qr_keys melt 1",
        "rm -rf /",
    ):
        assert refused(wrong), wrong
    assert refused('make manage ARGS="qr_keys list"') == ""


def test_every_block_of_commands_is_run_by_a_test() -> None:
    tests = [file.read_text(encoding="utf-8") for file in (ROOT / "tests" / "flows").glob("*.py")]
    running = "\n".join(text for text in tests if "import" in text and "commands(" in text)
    with_commands = [page.stem for page in PAGES if "\n```bash\n" in page.read_text("utf-8")]
    assert len(with_commands) >= 12
    assert [name for name in with_commands if f'"{name}"' not in running] == []
