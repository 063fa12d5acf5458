"""A year of a partner's million tickets, added up by reseller, product, batch and day."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from benchmarks import calls
from benchmarks.figures import Verdict
from benchmarks.stage import Stage

OWNER = "BENCH-SETTLES"
RESELLERS = 1000
GROUPS = ("reseller", "product", "batch", "day")
TURNS = 7
BOUND = 2000  # ms


@dataclass(frozen=True, slots=True)
class Summed:
    """One way to ask: milliseconds at the client in the middle and at worst, and its rows."""

    name: str
    middle: float
    worst: float
    rows: int


@dataclass
class Settlement:
    """Every way to ask, what all of them added up to, and how the database did it."""

    asked: list[Summed] = field(default_factory=list)
    totals: dict[str, float] = field(default_factory=dict)
    plan: str = ""


def measured(stage: Stage, tickets: int) -> Settlement:
    """Every grouping in turns, of everything and of one month, on tables that stand still."""
    stage.allow_writing_past_laws()
    key = stage.bench("make_sales", OWNER, str(RESELLERS), str(tickets)).strip()
    stage.sql("VACUUM (ANALYZE) ticketing_ticket, ticketing_batch, ticketing_settlemententry")
    queries = {f"by {group}": f"group_by={group}" for group in GROUPS}
    queries["by reseller, one month"] = "from=2026-03-01&to=2026-03-31"
    url = f"{stage.product}/api/ota/billing/summary"
    shown = {name: json.loads(calls.get(f"{url}?{each}", key)) for name, each in queries.items()}
    times: dict[str, list[float]] = {name: [] for name in queries}
    for _ in range(TURNS):
        for name, query in queries.items():
            began = time.perf_counter()
            calls.get(f"{url}?{query}", key)
            times[name].append((time.perf_counter() - began) * 1000)
    asked = [
        Summed(name, median(ms), max(ms), len(shown[name]["rows"])) for name, ms in times.items()
    ]
    return Settlement(asked, shown["by reseller"]["totals"], stage.bench("plan_of_summary", OWNER))


def verdicts(found: Settlement, tickets: int) -> Iterator[Verdict]:
    """It is quick, and it is all there."""
    for each in found.asked:
        yield Verdict(
            f"billing summary {each.name}: ms", each.middle, f"<= {BOUND}", each.middle <= BOUND
        )
    generated = found.totals.get("tickets_generated", 0)
    expected = tickets // RESELLERS * RESELLERS
    yield Verdict("tickets in the summary", generated, f"= {expected}", generated == expected)
