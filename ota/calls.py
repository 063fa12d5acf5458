"""The log of partner calls: pushed to a Redis stream, emptied into the table in bulk.

While Redis is away a call is written to the table at once: slower, but nothing is lost.
"""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from config.api.middleware import request_id_of
from config.redis_client import ask, client
from resellers.keys import Caller

from .models import ApiCall

log = structlog.get_logger("ota.calls")
STREAM = "gangway:calls"
LONGEST = 500_000  # entries kept while nobody empties the stream, some 100 MB
BULK = 5000


@dataclass(frozen=True, slots=True)
class Call:
    """What is kept of a call; `at` in ISO 8601, `milliseconds` of wall time."""

    partner_id: int | None
    key_id: str
    method: str
    route: str
    status: int
    code: str
    milliseconds: float
    request_id: str
    at: str


COLUMNS = [field.name for field in fields(Call)]


def note_partner_calls(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what partners call is noted, whoever answered it and however it ended."""

    def noted(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = get_response(request)
        if hasattr(request, "partner_call"):
            note(_call(request, response, time.perf_counter() - began))
        return response

    return noted


def _call(request: HttpRequest, response: HttpResponse, seconds: float) -> Call:
    caller: Caller | None = request.partner_call  # type: ignore[attr-defined]
    match = request.resolver_match
    return Call(
        partner_id=caller.partner.pk if caller else None,
        key_id=caller.key_id if caller else "",
        method=(request.method or "")[:10],
        route=(match.url_name if match else None) or "",
        status=response.status_code,
        code=getattr(response, "problem_code", ""),
        milliseconds=round(seconds * 1000, 2),
        request_id=request_id_of(request),
        at=timezone.now().isoformat(),
    )


def note(call: Call) -> None:
    """Remember a call without making its caller wait for the database; never raises."""
    try:
        ask("XADD", STREAM, "MAXLEN", "~", LONGEST, "*", "c", json.dumps(astuple(call)))
    except RedisError:
        _note_without_redis(call)


def store() -> int:
    """Move what the stream holds into the table; returns how many calls.

    An entry leaves the stream after its row is committed. Should the process die between the
    two, the row is written again: a log may repeat itself, but not forget.
    """
    total = 0
    while entries := _waiting():
        with transaction.atomic():
            _copy(Call(*json.loads(entry[b"c"])) for _, entry in entries)
        client().xdel(STREAM, *(entry_id for entry_id, _ in entries))
        total += len(entries)
    return total


def _waiting() -> list[tuple[bytes, dict[bytes, bytes]]]:
    return cast("list[Any]", client().xrange(STREAM, count=BULK))


def forget(*, at: datetime, days: int) -> int:
    """Delete the calls older than `days`; returns how many."""
    deleted, _ = ApiCall.objects.filter(at__lt=at - timedelta(days=days)).delete()
    return deleted


def _note_without_redis(call: Call) -> None:
    try:
        _insert([call])
    except DatabaseError:
        # What the call did is done and committed: its answer must not become an error.
        log.exception("ota.calls.lost", **asdict(call))


def _insert(calls: list[Call]) -> None:
    ApiCall.objects.bulk_create(
        ApiCall(**dict(zip(COLUMNS, astuple(c), strict=True))) for c in calls
    )


def _copy(calls: Iterable[Call]) -> None:
    copied = f"COPY ota_apicall ({', '.join(COLUMNS)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copied) as copy:
        for call in calls:
            copy.write_row(astuple(call))
