"""A client that a generator made of docs/openapi.yaml, as a partner would have it made."""

import importlib
import inspect
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from tests.openapi import document, expect_documented
from tests.partner_program import in_process

PACKAGE = "gangway_client"
SCHEMA = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
NOWHERE = "http://127.0.0.1:9"  # as proxy: whatever asks the internet fails


def generate(folder: Path) -> None:
    """Make the package in a folder, without the internet; a warning is a failure."""
    (folder / "config.yaml").write_text("post_hooks: []\n")
    subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--path", str(SCHEMA),
            "--output-path", str(folder / PACKAGE), "--meta", "none",
            "--config", str(folder / "config.yaml"), "--fail-on-warning",
        ],
        env={**os.environ, "http_proxy": NOWHERE, "https_proxy": NOWHERE},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip


@cache
def operations() -> dict[tuple[str, str], tuple[str, str]]:
    """Where the client has each operation, (package of its tag, module), by method and path."""
    return {
        (method.upper(), path): (_snake(told["tags"][0]), told["operationId"])
        for path, methods in document()["paths"].items()
        for method, told in methods.items()
    }


def _snake(tag: str) -> str:
    return tag.lower().replace(" ", "_")


@dataclass
class Caller:
    """Calls operations of the generated client; `called` are those that it called."""

    called: set[tuple[str, str]] = field(default_factory=set)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] = {},
        auth: httpx.Auth | None = None,
        body: Mapping[str, Any] | None = None,
        ids: Mapping[str, Any] = {},
    ) -> tuple[int, Any]:
        """Status and parsed answer of one call, held to the schema on its way; `ids` as named."""
        self.called.add((method, path))
        tag, name = operations()[method, path]
        module = importlib.import_module(f"{PACKAGE}.api.{tag}.{name}")
        client = importlib.import_module(PACKAGE).Client(
            base_url=settings.PUBLIC_BASE_URL,
            headers=dict(headers),
            httpx_args={"transport": httpx.MockTransport(_through_django), "auth": auth},
        )
        arguments = dict(ids)
        if body is not None:
            arguments["body"] = _shaped(module, body)
        answer = module.sync_detailed(client=client, **arguments)
        return int(answer.status_code), answer.parsed


def _shaped(module: Any, body: Mapping[str, Any]) -> Any:
    """The body as the model that the operation takes."""
    taken = inspect.signature(module.sync_detailed).parameters["body"].annotation
    model = next(
        each for each in getattr(taken, "__args__", (taken,)) if hasattr(each, "from_dict")
    )
    return model.from_dict(body)


def _through_django(request: httpx.Request) -> httpx.Response:
    address = urlsplit(str(request.url))
    path = f"{address.path}?{address.query}" if address.query else address.path
    headers = {name.title(): value for name, value in request.headers.items()}
    for name in ("Host", "Content-Length", "Connection", "Accept-Encoding"):
        headers.pop(name, None)
    answer = in_process(request.method, path, headers, request.read())
    expect_documented(request.method, path, answer)
    return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)
