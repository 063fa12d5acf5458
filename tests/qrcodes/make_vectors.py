"""Writes the vectors: `python -m tests.qrcodes.make_vectors`. The same bytes each time."""

import hashlib
import json
from pathlib import Path
from typing import Any

from tests.qrcodes import ticket_qr_cases, token_cases

FOLDER = Path(__file__).parent / "vectors"


def master(name: str) -> str:
    return hashlib.sha256(f"gangway test master {name}".encode()).hexdigest()


KEYRINGS: dict[str, list[dict[str, Any]]] = {
    "main": [
        {"kid": 1, "master": master("retiring"), "state": "retiring"},
        {"kid": 2, "master": master("active"), "state": "active"},
        {"kid": 3, "master": master("staged"), "state": "staged"},
        {"kid": 4, "master": "", "state": "destroyed"},
        {
            "kid": 5,
            "master": master("bounded"),
            "state": "retiring",
            "since": 1767225000,
            "until": 1767229200,
        },
        {"kid": 65535, "master": master("last"), "state": "retiring"},
    ],
    "elsewhere": [{"kid": 2, "master": master("elsewhere"), "state": "active"}],
}
DESTROYED = master("destroyed")


def documents() -> dict[str, dict[str, Any]]:
    """Every vector file by name."""
    masters = {key["kid"]: bytes.fromhex(key["master"]) for key in KEYRINGS["main"]}
    masters[4] = bytes.fromhex(DESTROYED)
    elsewhere = bytes.fromhex(KEYRINGS["elsewhere"][0]["master"])
    return {
        "tokens.json": {
            "kind": "token",
            "keyrings": KEYRINGS,
            "defaults": {"ring": "main", "now": token_cases.NOW, "as": "redeem"},
            "cases": list(token_cases.all_of_them(masters, elsewhere)),
        },
        "ticket_qrs.json": {
            "kind": "ticket_qr",
            "keyrings": KEYRINGS,
            "defaults": {"ring": "main"},
            "cases": list(ticket_qr_cases.all_of_them(masters, elsewhere)),
        },
    }


def written(document: dict[str, Any]) -> str:
    """One case a line, so that a change shows as a line."""
    head = {name: value for name, value in document.items() if name != "cases"}
    cases = ",\n".join(json.dumps(case) for case in document["cases"])
    return json.dumps(head, indent=1)[:-2] + ',\n "cases": [\n' + cases + "\n]}\n"


if __name__ == "__main__":
    for name, document in documents().items():
        (FOLDER / name).write_text(written(document))
