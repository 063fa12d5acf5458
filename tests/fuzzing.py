"""schemathesis against the product, in this process, and the one check it cannot make alone."""

from http.client import responses
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
import schemathesis
from requests.adapters import BaseAdapter
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from urllib3 import HTTPHeaderDict, HTTPResponse

from tests.fuzzing_check import accepted_or_documented
from tests.openapi import document
from tests.partner_program import in_process


class ThroughDjango(BaseAdapter):
    """Answers requests in this process, within the transaction of the test."""

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        address = urlsplit(request.url or "")
        path = f"{address.path}?{address.query}" if address.query else address.path
        body = request.body or b""
        assert isinstance(body, (bytes, str))
        headers = {
            name.title(): _text(value)
            for name, value in request.headers.items()
            if name.title() not in ("Host", "Content-Length", "Connection", "Accept-Encoding")
        }
        answer = in_process(
            str(request.method), path, headers, body.encode() if isinstance(body, str) else body
        )
        told = requests.Response()
        told.status_code, told.url, told.request = answer.status, request.url or "", request
        told.reason = responses.get(answer.status, "")
        told.headers.update(answer.headers)
        told.raw = HTTPResponse(
            BytesIO(answer.body), headers=HTTPHeaderDict(answer.headers), preload_content=False
        )
        return told

    def close(self) -> None:
        pass


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def session() -> requests.Session:
    """Sends every request through Django."""
    made = requests.Session()
    made.mount("http://", ThroughDjango())
    return made


def schema() -> Any:
    return schemathesis.openapi.from_dict(document())


def check(case: Any, *, base_url: str, headers: dict[str, str], through: requests.Session) -> None:
    """Send a case and make every check of its answer.

    A request that fits the schema may still be declined, with what is documented for it: 422, or
    400 for the few things that no schema can say.
    """
    case.call_and_validate(
        base_url=base_url,
        session=through,
        headers=headers,
        excluded_checks=[positive_data_acceptance, ignored_auth],  # the latter asks the network
        additional_checks=[accepted_or_documented],
    )
