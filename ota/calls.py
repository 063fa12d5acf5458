"""The log of partner calls: pushed to a Redis stream, emptied into the table in bulk.

While Redis is away a call is written to the table at once: slower, but nothing is lost.
"""

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, cast

import structlog
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from config import forgetting
from config.api.middleware import request_id_of
from config.redis_client import ask, tell
from resellers.keys import Caller

from .models import ApiCall

log = structlog.get_logger("ota.calls")
STREAM = "gangway:calls"
LONGEST = 500_000  # entries kept while nobody empties the stream, some 100 MB
BULK = 5000


class Call(NamedTuple):
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
    """Remember a call without making its caller wait, not even for Redis; never raises."""
    try:
        tell(
            *("XADD", STREAM, "MAXLEN", "~", LONGEST, "*", "c", json.dumps(call)),
            unheard=partial(_note_without_redis, call),
        )
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
            _copy(Call(*json.loads(noted)) for _, (_, noted) in entries)
        ask("XDEL", STREAM, *(entry_id for entry_id, _ in entries))
        total += len(entries)
    return total


def _waiting() -> list[tuple[bytes, tuple[bytes, bytes]]]:
    # Asked on this thread's own connection: what this thread has told comes before.
    return cast("list[Any]", ask("XRANGE", STREAM, "-", "+", "COUNT", BULK))


def forget(*, at: datetime, days: int) -> int:
    """Delete the calls older than `days`; returns how many."""
    return forgetting.forget(ApiCall.objects.filter(at__lt=at - timedelta(days=days)))


def _note_without_redis(call: Call) -> None:
    try:
        _insert([call])
    except DatabaseError:
        # What the call did is done and committed: its answer must not become an error.
        log.exception("ota.calls.lost", **call._asdict())


def _insert(calls: list[Call]) -> None:
    ApiCall.objects.bulk_create(ApiCall(**call._asdict()) for call in calls)


def _copy(calls: Iterable[Call]) -> None:
    copied = f"COPY ota_apicall ({', '.join(Call._fields)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copied) as copy:
        for call in calls:
            copy.write_row(call)
