"""The product's own web server on the database of a test."""

import os
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from config.embedded.children import Child
from config.serve.options import chosen
from config.serve.processes import Processes
from tests import canaries

PATIENCE = 120.0  # a busy machine takes its time, and all tests of the browser wait for this


@contextmanager
def web_server(folder: Path, **environment: str) -> Iterator[str]:
    """Its address while it runs, two workers as `make run` has them; logs go to `folder`."""
    url = f"http://127.0.0.1:{_free_port()}"
    server = _server(url, folder, environment)
    server.start()
    try:
        _wait(url, server)
        yield url
    finally:
        server.stop()
    assert canaries.found_below(folder) == []


def _server(url: str, folder: Path, more: Mapping[str, str]) -> Child:
    options = chosen({"PORT": url.rpartition(":")[2], "GANGWAY_DATA": str(folder)})
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": _database_url(),
        "PUBLIC_BASE_URL": url,
        **more,
    }
    return Processes(options, environment, folder).web()


def _database_url() -> str:
    """The server the tests run on, and the database of this one."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _wait(url: str, server: Child) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(url):
        if not server.alive or time.monotonic() > deadline:
            raise RuntimeError(f"The web server does not answer:\n{server.last_words()}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
