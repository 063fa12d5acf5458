"""A partner's million tickets: what a page costs, near the beginning and at the end."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from benchmarks import calls
from benchmarks.figures import Verdict
from benchmarks.stage import Stage

OWNER = "BENCH-MANY"  # nobody else loads it
DEEP = 1000  # the page by cursor that is compared with the first
SIZES = (100, 1000)
TURNS = 15
Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Page:
    """One query: milliseconds at the client in the middle and at worst, and what it counted."""

    name: str
    middle: float
    worst: float
    total: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Asks with one key."""

    url: str
    key: str

    def ask(self, query: Query) -> bytes:
        return calls.get(f"{self.url}/api/ota/tickets?{urlencode(query)}", self.key)

    def milliseconds(self, query: Query) -> float:
        began = time.perf_counter()
        self.ask(query)
        return (time.perf_counter() - began) * 1000


def measured(stage: Stage, tickets: int) -> list[Page]:
    """Every page in turns, on a table that stands still."""
    reader = Reader(stage.product, stage.bench("make_tickets", OWNER, str(tickets)).strip())
    stage.sql("VACUUM (ANALYZE) ticketing_ticket, ticketing_batch")  # as autovacuum does in time
    queries = dict(_queries(reader, tickets))
    totals = {name: json.loads(reader.ask(each))["total_count"] for name, each in queries.items()}
    rounds = [
        {name: reader.milliseconds(each) for name, each in queries.items()} for _ in range(TURNS)
    ]
    times = {name: [each[name] for each in rounds] for name in queries}
    return [Page(name, median(ms), max(ms), totals[name]) for name, ms in times.items()]


def _queries(reader: Reader, tickets: int) -> Iterator[tuple[str, Query]]:
    for limit in SIZES:
        last = min(DEEP, tickets // limit)
        before = json.loads(reader.ask({"limit": limit, "page": last - 1}))
        yield first(limit), {"limit": limit}
        yield deep(limit), {"limit": limit, "cursor": before["next_cursor"]}
        yield f"page {last} of {limit} rows by its number", {"limit": limit, "page": last}
    yield "one row, all counted", {"limit": 1}
    yield "one row of a status", {"limit": 1, "status": "PRE_GENERATED"}
    yield "one row of any origin", {"limit": 1, "origin": "all"}
    yield "the oldest batch", {"batch_id": "B-0"}
    yield "the oldest batch, one status", {"batch_id": "B-0", "status": "PRE_GENERATED"}


def first(limit: int) -> str:
    return f"page 1 of {limit} rows"


def deep(limit: int) -> str:
    return f"page {DEEP}, or the last, of {limit} rows by cursor"


def verdicts(pages: list[Page]) -> Iterator[Verdict]:
    """The end of a list costs what its beginning costs, and counting it costs little."""
    took = {page.name: page.middle for page in pages}
    for limit in SIZES:
        ratio = took[deep(limit)] / took[first(limit)]
        yield Verdict(f"tickets, {deep(limit)} / page 1", ratio, "0.8 to 1.2", 0.8 <= ratio <= 1.2)
    for name in ("one row, all counted", "one row of a status"):
        yield Verdict(f"tickets, {name}: ms", took[name], "<= 150", took[name] <= 150)
