"""What may stand in no log line, whatever a test does: its people and every kind of secret.

`listen` is called before anything is logged; a fixture for every test looks at what was heard.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from config.logs import StandardError
from tests import make, shop
from tests.partner_program import CUSTOMER

PEOPLE = {
    *CUSTOMER.values(),
    *make.CUSTOMER.values(),
    CUSTOMER["phone"].replace(" ", ""),
    shop.PASSWORD,
}
SECRETS = re.compile(
    r"gw_[a-z]+_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}|\b(?:ota|venue)_test_key_\w+"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|whsec_\w+|\bpay_[\w-]{43}",
    re.ASCII,
)
HEARD: list[str] = []


def listen() -> None:
    """Keep a copy of every log line of this process."""
    write = StandardError.write

    def heard(self: StandardError, line: str) -> None:
        HEARD.append(line)
        write(self, line)

    StandardError.write = heard  # type: ignore[method-assign]


def found_in(lines: Iterable[str], people: Iterable[str] = PEOPLE) -> list[str]:
    """The lines that hold a person or a secret; they are ASCII, so they are read as JSON first."""
    named = list(people)
    return [line for line in map(_readable, lines) if _tells(line, named)]


def found_below(folder: Path) -> list[str]:
    """The same for the logs that other processes wrote into a folder."""
    texts = [file.read_text(errors="replace") for file in folder.glob("*.log")]
    return found_in(line for text in texts for line in text.splitlines())


def _tells(line: str, people: list[str]) -> bool:
    return SECRETS.search(line) is not None or any(person in line for person in people)


def _readable(line: str) -> str:
    try:
        return json.dumps(json.loads(line), ensure_ascii=False)
    except ValueError:
        return line
