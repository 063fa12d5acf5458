"""The secrets an installation makes for itself, once, and keeps in its data folder."""

import json
import os
import secrets
from pathlib import Path

from config.embedded import CannotStart

NAMES = ("SECRET_KEY", "API_KEY_PEPPER", "PAYMENT_SECRET", "QR_KEYS")


def fresh() -> dict[str, str]:
    """One of each, as the environment variables the settings read."""
    master = {"kid": 1, "master": secrets.token_hex(32), "state": "active"}
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "API_KEY_PEPPER": secrets.token_urlsafe(32),
        "PAYMENT_SECRET": secrets.token_urlsafe(32),
        "QR_KEYS": json.dumps([master]),
    }


def for_compose() -> str:
    """Fresh ones as an .env file, with those of the servers that stand beside the product."""
    passwords = ("POSTGRES_PASSWORD", "METRICS_TOKEN", "GRAFANA_PASSWORD")
    values = {**{name: secrets.token_urlsafe(24) for name in passwords}, **fresh()}
    return "\n".join(f"{name}='{value}'" for name, value in values.items())


def kept_in(folder: Path) -> dict[str, str]:
    """Those of this data folder, made at the first call. Tickets and keys depend on them."""
    file = folder / "secrets.json"
    if not file.exists():
        _write(file, fresh())
    try:
        found = json.loads(file.read_text())
        return {name: str(found[name]) for name in NAMES}
    except (ValueError, KeyError, TypeError) as reason:
        raise CannotStart(
            f"{file} is damaged ({reason!r}). Bring it back from a backup: without it no partner"
            " key and no printed ticket works. `make reset` starts anew, without either."
        ) from None


def _write(file: Path, content: dict[str, str]) -> None:
    """Readable for its owner alone from the first byte, and never half written."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        json.dump(content, opened, indent=1)
        opened.flush()
        os.fsync(descriptor)
    os.replace(unfinished, file)
