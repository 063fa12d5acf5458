"""The commands of a guide and the answers it shows to them."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN_FOR = "http://127.0.0.1:8000"


@dataclass
class Command:
    """A bash block, and what the page says that it prints: `json`, `text` or nothing."""

    script: str
    kind: str = ""
    shown: str = ""


def commands(name: str, *, at: str) -> list[Command]:
    """The bash blocks of a guide with the answers below them, for a server at another address."""
    path = Path(settings.BASE_DIR) / "docs" / "guides" / f"{name}.md"
    page = path.read_text(encoding="utf-8").replace(WRITTEN_FOR, at)
    found: list[Command] = []
    for kind, text in FENCE.findall(page):
        if kind == "bash":
            found.append(Command(text))
        elif kind in ("json", "text"):
            found[-1].kind, found[-1].shown = kind, text
    return found


def as_one_script(blocks: list[Command]) -> str:
    """All blocks for one shell, as a reader pastes them; what block n prints goes to file n."""
    parts = [f'{{\n{block.script}}} > "$OUT/{n}"' for n, block in enumerate(blocks)]
    return "set -euo pipefail\n" + "\n".join(parts)


def page(name: str, language: str = "en") -> str:
    """A guide as it is written."""
    folder = Path(settings.BASE_DIR) / "docs" / "guides" / ("zh" if language == "zh" else "")
    return (folder / f"{name}.md").read_text(encoding="utf-8")


def on_the_screen(name: str, language: str) -> set[str]:
    """What a guide says in bold: the words of buttons, fields, menus and titles."""
    return set(re.findall(r"\*\*(.+?)\*\*", FENCE.sub("", page(name, language))))
