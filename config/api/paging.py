"""Lists by page and by cursor, newest first, in an order that does not move."""

import base64
import hmac
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from rest_framework import serializers

from config.api.fields import Integer, Text
from config.api.strict import Strict, refused

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000

_CURSOR = re.compile("[A-Za-z0-9_-]{32,48}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAC = 8

Key = tuple[datetime, int | UUID]


class Paging(NamedTuple):
    """Which rows of a list are asked for: a page, or what comes after a key."""

    page: int = 1
    limit: int = DEFAULT_LIMIT
    after: Key | None = None


class ListQuery(Strict):
    """What every list takes; its filters are added in a subclass.

    Its values hold `paging`, for `paginate`, beside the filters.
    """

    page = Integer(min_value=1, required=False, help_text="From 1.")
    limit = Integer(
        min_value=1, max_value=MAX_LIMIT, required=False, help_text="Rows per page, 100 if absent."
    )
    page_size = Integer(
        min_value=1, max_value=MAX_LIMIT, required=False, help_text="Another name of limit."
    )
    cursor = Text(
        max_length=64,
        required=False,
        help_text="next_cursor of the answer before; costs the same however far the list goes.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The filters, and `paging` in place of its four parameters."""
        cursor, page = values.pop("cursor", None), values.pop("page", None)
        limit, alias = values.pop("limit", None), values.pop("page_size", None)
        if None not in (limit, alias) and limit != alias:
            raise refused("page_size", "limit and page_size are one thing: send one.", "ambiguous")
        if None not in (cursor, page):
            raise refused("page", "Send page or cursor, not both.", "ambiguous")
        after = None if cursor is None else _opened(cursor)
        values["paging"] = Paging(page or 1, limit or alias or DEFAULT_LIMIT, after)
        return values


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and where they stand in it; `page` is None behind a cursor."""

    rows: Sequence[Any]
    total_count: int
    page: int | None
    page_size: int
    next_cursor: str | None

    def body(self, name: str, rows: Sequence[Any]) -> dict[str, Any]:
        """The answer, with the rows as the caller shows them."""
        return {
            name: rows,
            "total_count": self.total_count,
            "page": self.page,
            "page_size": self.page_size,
            "next_cursor": self.next_cursor,
        }


def paginate(
    queryset: QuerySet[Any],
    paging: Paging,
    *,
    at: str = "created_at",
    count: Callable[[], int] | None = None,
) -> Page:
    """The rows asked for, ordered by (`at`, primary key), newest first.

    Rows may be instances or dicts of values() that hold both. One query where the
    first page is all there is, else two; an index on (owner, `at`, id) makes a
    cursor's query as cheap at the end of the list as at its start. `count` is for
    lists that are counted in a cheaper way than row by row.
    """
    ordered, count = queryset.order_by(f"-{at}", "-pk"), count or queryset.count
    if paging.after is not None:
        return _page(_behind_cursor(ordered, paging, at), count(), paging, at)
    if paging.page == 1:
        rows = list(ordered[: paging.limit + 1])
        total = len(rows) if len(rows) <= paging.limit else count()
        return _page(rows, total, paging, at)
    offset, total = (paging.page - 1) * paging.limit, count()
    rows = list(ordered[offset : offset + paging.limit + 1]) if offset < total else []
    return _page(rows, total, paging, at)


def _behind_cursor(ordered: QuerySet[Any], paging: Paging, at: str) -> list[Any]:
    # One comparison of rows, which the index answers; an OR of two is filtered row by row.
    older = TupleLessThan(Tuple(at, "pk"), paging.after)
    return list(ordered.filter(older)[: paging.limit + 1])


def _page(rows: list[Any], total: int, paging: Paging, at: str) -> Page:
    """One row more than asked for was read, to know whether there is more."""
    shown = rows[: paging.limit]
    more = len(rows) > paging.limit
    page = paging.page if paging.after is None else None
    cursor = _sealed(_key(shown[-1], at)) if more else None
    return Page(shown, total, page, paging.limit, cursor)


def _key(row: Any, at: str) -> Key:
    if isinstance(row, dict):
        return row[at], row["pk"] if "pk" in row else row["id"]
    return getattr(row, at), row.pk


def _sealed(key: Key) -> str:
    at, identity = key
    micros = struct.pack(">q", (at - _EPOCH) // _MICROSECOND)
    name = identity.bytes if isinstance(identity, UUID) else struct.pack(">q", identity)
    payload = micros + name
    return _encoded(payload + _mac(payload))


def _opened(cursor: str) -> Key:
    sealed = _decoded(cursor)
    payload, mac = sealed[:-_MAC], sealed[-_MAC:]
    if len(payload) not in (16, 24) or not hmac.compare_digest(mac, _mac(payload)):
        raise refused("cursor", "Send next_cursor as it was given.", "malformed")
    micros, name = struct.unpack(">q", payload[:8])[0], payload[8:]
    identity = UUID(bytes=name) if len(name) == 16 else struct.unpack(">q", name)[0]
    return _EPOCH + micros * _MICROSECOND, identity


def _decoded(cursor: str) -> bytes:
    """b"" unless it is the one way to write these bytes."""
    if not _CURSOR.fullmatch(cursor) or len(cursor) % 4 == 1:
        return b""
    decoded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return decoded if _encoded(decoded) == cursor else b""


def _encoded(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _mac(payload: bytes) -> bytes:
    # The queryset alone decides what may be seen; this keeps cursors opaque and whole.
    key = f"cursor:{settings.SECRET_KEY}".encode()
    return hmac.digest(key, payload, "sha256")[:_MAC]


def listing(name: str, row: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """The shape of a list answer, for the schema."""
    fields = {
        name: row(many=True),
        "total_count": serializers.IntegerField(),
        "page": serializers.IntegerField(allow_null=True),
        "page_size": serializers.IntegerField(),
        "next_cursor": serializers.CharField(allow_null=True),
    }
    return type(f"{row.__name__}List", (serializers.Serializer,), fields)
