"""The report of a run: a JSON file with every round, and tables to read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import dashboard
from benchmarks.batches import Batches, Beside
from benchmarks.channels import Round
from benchmarks.figures import Counted, Shot, Verdict
from benchmarks.load import Load
from benchmarks.record import Record

FOLDER = Path(__file__).with_name("results")


def write(record: Record) -> Path:
    """Both files, named after the day and the machine; a later run of the day replaces them."""
    FOLDER.mkdir(exist_ok=True)
    day = datetime.now().astimezone().date().isoformat()
    path = FOLDER / f"{day}-{record.machine['kind']}.json"
    path.write_text(json.dumps(_plain(asdict(record)), indent=1, ensure_ascii=False) + "\n")
    path.with_suffix(".md").write_text(as_text(record))
    (FOLDER / "billing-summary.plan.txt").write_text(record.settlement.plan)
    return path.with_suffix(".md")


def as_text(record: Record) -> str:
    """What was measured, in Markdown: bounds first, then a table for each kind of figure."""
    parts = (
        _head(record),
        _table(["bound", "measured", "asked", "holds"], map(_judged, record.verdicts)),
        ["Medians of the rounds; processor time in microseconds for one request."],
        _of_calls(record.shots),
        _of_the_counter(record.counter),
        _of_images(record.qr_images),
        _of_batches(record.batches, record.beside),
        _of_pages(record),
        _of_channels(record.channels),
        _of_settlement(record),
        _table(["dashboard", "ms", "worst"], dashboard.told(record.dashboard)),
        [dashboard.pace(record.dashboard)],
        ["Checked: " + "; ".join(f"{name}: {value}" for name, value in record.proof.items())],
    )
    return "\n".join(line for part in parts for line in (*part, ""))


def _head(record: Record) -> list[str]:
    machine = ", ".join(f"{name} {value}" for name, value in record.machine.items())
    return [f"# Figures of {record.machine['at']}", "", f"`{record.command}` on: {machine}."]


def _of_calls(shots: list[Shot]) -> list[str]:
    head = ["call", "connections", "side", "requests/s", "p50 ms", "p99 ms", "processor"]
    return _table(head, _medians(shots))


def _of_the_counter(counted: Counted) -> list[str]:
    head = ["transactions per second on one row, connections", "bare UPDATE", "primitive"]
    return _table(
        head,
        (
            [connections, *(f"{_middle(rounds, name):.0f}" for name in ("bare", "hold"))]
            for connections, rounds in counted.items()
        ),
    )


def _of_images(images: dict[str, dict[str, float]]) -> list[str]:
    rows = ([name.strip(), *figures.values()] for name, figures in images.items())
    return _table(["QR image by", "µs each", "s for 5000", "bytes"], rows)


def _of_pages(record: Record) -> list[str]:
    listed = ([p.name, f"{p.middle:.1f}", f"{p.worst:.1f}", p.total] for p in record.listing)
    visits = ([visit.name, visit.requests, visit.bytes] for visit in record.verify_page)
    return [
        *_table(["list of tickets", "ms", "worst", "total_count"], listed),
        "",
        *_table(["verify page of", "requests", "bytes"], visits),
    ]


def _of_settlement(record: Record) -> list[str]:
    asked = record.settlement.asked
    rows = ([each.name, f"{each.middle:.0f}", f"{each.worst:.0f}", each.rows] for each in asked)
    return _table(["billing summary", "ms", "worst", "rows"], rows)


def _judged(verdict: Verdict) -> list[Any]:
    return [verdict.what, f"{verdict.value:.2f}", verdict.bound, "yes" if verdict.holds else "NO"]


def _medians(shots: list[Shot]) -> Iterable[list[Any]]:
    for key in dict.fromkeys((s.figure, s.load.connections, s.side) for s in shots):
        of = [s for s in shots if (s.figure, s.load.connections, s.side) == key]
        parts = dict.fromkeys(part for shot in of for part in shot.processor)
        spent = {part: median(shot.processor.get(part, 0) for shot in of) for part in parts}
        yield [
            *key,
            f"{median(s.load.per_second for s in of):.0f}",
            f"{median(s.load.p50 for s in of):.2f}",
            f"{median(s.load.p99 for s in of):.2f}",
            ", ".join(f"{part} {each:.0f}" for part, each in spent.items() if each >= 5),
        ]


def _of_batches(made: Batches, rounds: list[Beside]) -> Iterable[str]:
    seconds = ", ".join(f"{each:.2f}" for each in made.seconds)
    yield (
        f"5000 tickets with their images in one answer of {made.mebibytes:.1f} MiB: {seconds} s at"
        f" the client; a worker and what it starts grew by {made.grew:.0f} MiB at most, and stayed"
        f" {made.stayed:.0f} MiB larger."
    )
    yield ""
    yield from _table(
        ["POST reserve", "requests/s", "p50 ms", "p99 ms", "batches of the product meanwhile, s"],
        (
            [name, f"{of.per_second:.0f}", f"{of.p50:.2f}", f"{of.p99:.2f}", batches]
            for each in rounds
            for name, of, batches in (
                ("alone", each.alone, ""),
                ("beside", each.beside, ", ".join(f"{s:.2f}" for s in each.batches)),
            )
        ),
    )


def _of_channels(rounds: list[Round]) -> Iterable[str]:
    """Orders of customers, and what partners sold meanwhile."""
    kinds: dict[str, tuple[str, str]] = {
        "alone": ("alone", ""),
        "beside a hot product of partners": ("hot", "hot_partners"),
        "beside many products of partners": ("cool", "cool_partners"),
    }
    yield from _table(
        ["direct orders", "requests/s", "p50 ms", "p99 ms", "partners' requests/s"],
        (
            [name, *_pace([getattr(each, ours) for each in rounds]),
             f"{median(getattr(each, theirs).per_second for each in rounds):.0f}" if theirs else ""]
            for name, (ours, theirs) in kinds.items()
        ),
    )  # fmt: skip


def _pace(loads: list[Load]) -> list[str]:
    return [
        f"{median(each.per_second for each in loads):.0f}",
        f"{median(each.p50 for each in loads):.2f}",
        f"{median(each.p99 for each in loads):.2f}",
    ]


def _middle(rounds: list[dict[str, float]], name: str) -> float:
    return median(each[name] for each in rounds)


def _table(head: list[str], rows: Iterable[list[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(map(str, line))} |" for line in lines]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
