"""What the operator may choose by environment variables, checked before anything starts."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.embedded import CannotStart

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True, slots=True)
class Options:
    """Where it keeps its data, where it listens, and whose servers it uses."""

    folder: Path
    host: str
    port: int
    demo: bool
    database_url: str
    redis_url: str

    @property
    def local_url(self) -> str:
        """How this machine itself reaches the web server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def chosen(environ: Mapping[str, str]) -> Options:
    """The options of this environment, with the defaults of the README."""
    return Options(
        folder=(CHECKOUT / environ.get("GANGWAY_DATA", "var")).resolve(),
        host=environ.get("HOST") or "127.0.0.1",
        port=_port(environ.get("PORT") or "8000"),
        demo=_yes_or_no("DEMO", environ.get("DEMO", "1")),
        database_url=environ.get("DATABASE_URL", ""),
        redis_url=environ.get("REDIS_URL", ""),
    )


def expect_free(options: Options, patience: float = 8.0) -> None:
    """Refuse a port somebody listens on; one just given up may take a moment."""
    deadline = time.monotonic() + patience
    while not _is_free(options):
        if time.monotonic() > deadline:
            raise CannotStart(
                f"Port {options.port} of {options.host} is taken."
                f" Choose another: PORT={options.port + 1} make run"
            )
        time.sleep(0.1)


def _is_free(options: Options) -> bool:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((options.host, options.port))
        except socket.gaierror:
            raise CannotStart(f"HOST={options.host} is no address of this machine.") from None
        except PermissionError:
            raise CannotStart(f"Port {options.port} is reserved for root.") from None
        except OSError:
            return False
        return True


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise CannotStart(f"{name} must be 0 or 1, not {text!r}.")
    return text.lower() in _YES
