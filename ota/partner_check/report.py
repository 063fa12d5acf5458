"""What a run prints."""

import textwrap
from collections import Counter
from collections.abc import Iterator

from . import own_code
from .run import Run

WIDTH = 100
SIGNS = {"passed": "PASS", "failed": "FAIL", "skipped": "skip", "not run": "FAIL"}
CANNOT_BE_UNDONE = (
    "Cancelled reservations, orders and tickets stay in your lists as cancelled, the batch_id is "
    "used up, and the answers are kept for their Idempotency-Keys for a day. The units are free "
    "again and nothing is owed."
)


def report(run: Run, *, base_url: str) -> Iterator[str]:
    """The lines of the whole report; no line holds the key."""
    yield f"Partner check of {base_url}"
    yield from _table(run)
    if run.is_ended:
        yield ""
        yield "Ended here: nothing else can be tried before this is put right."
        return
    yield from _left(run)
    yield from _duties(run.client.seen)
    yield from _vectors()
    yield from _verdict(run)


def _table(run: Run) -> Iterator[str]:
    for row in run.rows:
        yield from _wrapped(f"  {SIGNS[row.outcome]}  ", row.what)
        if row.note:
            yield from _wrapped(" " * 8, run.client.hides(row.note))


def _left(run: Run) -> Iterator[str]:
    yield ""
    if run.left_behind:
        yield "LEFT BEHIND, cancel these yourself:"
        for thing in run.left_behind:
            yield from _wrapped("  ", run.client.hides(thing))
    yield "What this run cannot undo"
    yield from _wrapped("  ", CANNOT_BE_UNDONE)


def _duties(seen: Counter[tuple[int, str]]) -> Iterator[str]:
    yield ""
    yield "What your own code must handle (no test of the server can show that it does)"
    for duty in own_code.DUTIES:
        met = " [met in this run]" if own_code.met(duty, seen) else ""
        yield from _wrapped("  * ", f"{duty.situation}: {duty.sees}{met}")
        yield from _wrapped("    -> ", duty.does)


def _vectors() -> Iterator[str]:
    yield ""
    yield "Signatures to check your code against: of these inputs it has to make these signatures"
    for name, value in own_code.vectors():
        yield f"  {name + ' ':.<22} {value}"
    yield from _wrapped(
        "  ",
        "Then change one byte of the body: your code must refuse it. A time more than five minutes "
        "from now must be refused too, so test these with your clock set to them.",
    )


def _verdict(run: Run) -> Iterator[str]:
    counts = Counter(SIGNS[row.outcome] for row in run.rows)
    calls = run.client.seen.total()
    again = f", {run.client.repeated} of them repeated" if run.client.repeated else ""
    yield ""
    yield (
        f"{counts['PASS']} passed, {counts['FAIL']} failed, {counts['skip']} skipped;"
        f" {calls} calls{again}."
    )


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False
    )
