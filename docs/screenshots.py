"""Pictures of the pages, into docs/images/: `make screenshots`.

Starts all that is needed with the demo data and has each picture taken in Chromium. A word on the
command line takes only the pictures whose names begin so.
"""

import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT))

from config.embedded import throwaway  # noqa: E402
from config.serve import own_secrets  # noqa: E402


def main(wanted: str = "") -> None:
    with gangway() as site:
        # Models can be imported from here on, and no earlier.
        pictures = importlib.import_module("tests.browser.pictures")
        for name, png in pictures.taken(site, wanted):
            (IMAGES / f"{name}.png").write_bytes(png)
            print(f"docs/images/{name}.png", len(png) // 1024, "kB")


@contextmanager
def gangway() -> Iterator[str]:
    """The address of a server with the demo data; this process has its settings and database."""
    with (
        tempfile.TemporaryDirectory(prefix="gangway-pictures-") as name,
        throwaway.servers() as urls,
    ):
        folder = Path(name)
        os.environ |= own_secrets.kept_in(folder) | urls | surroundings(folder)
        importlib.import_module("django").setup()
        manage = importlib.import_module("django.core.management").call_command
        manage("migrate", verbosity=0)
        manage("seed_demo", verbosity=0)
        manage("collectstatic", interactive=False, verbosity=0)
        with importlib.import_module("tests.flows.web").web_server(folder) as site:
            yield site


def surroundings(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "STATIC_ROOT": str(folder / "static"),
        "DEBUG": "0",
        "DEMO": "1",
        "STAFF_TWO_FACTOR": "1",
        # The driver of the browser runs an event loop in this thread.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
