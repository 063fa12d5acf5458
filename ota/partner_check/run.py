"""One run: the checks in their order, what they made, and how it is undone."""

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .answers import Answer
from .client import Client, Unreachable
from .faults import Ended, Fault, OutOfTime, Skipped
from .rules import ALL

SECONDS_TO_CLEAN_UP = 30.0
NOBODYS_TICKET = "CRUISE-2026-FERRY-1700000000000-0000000000000000"
CUSTOMER = {"name": "Partner Check", "email": "partner-check@example.com", "phone": "+85291234567"}

Check = Callable[["Run"], str | None]


class Row(NamedTuple):
    """One line of the report: passed, failed, skipped, or not run for want of time."""

    outcome: str
    what: str
    note: str


@dataclass
class Run:
    """What the checks share: the client, a product to sell, and a list of what has to go again."""

    client: Client
    product_id: int = 0
    available: int = 0
    rows: list[Row] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    name: str = field(default_factory=lambda: f"partner-check-{uuid.uuid4().hex[:12]}")
    can_undo_sales: bool | None = None
    is_complete: bool = False
    is_ended: bool = False  # by a check without which no other one could be made
    premade: list[dict[str, Any]] = field(default_factory=list)
    _made: dict[str, Callable[[], Answer]] = field(default_factory=dict)

    def walk(self, checks: Iterable[Check]) -> None:
        """Make every check, and undo afterwards what they made, also when one of them broke."""
        try:
            for check in checks:
                self._make(check)
                if self.is_ended:
                    break
            self.is_complete = not self.is_ended
        finally:
            self._clean_up()
            self.rows += [self._rule(rule) for rule in ALL if not self.is_ended]

    def _make(self, check: Check) -> None:
        outcome, note = self._outcome(check)
        self.rows.append(Row(outcome, title(check), note))

    def _outcome(self, check: Check) -> tuple[str, str]:
        if self.client.left() <= 0:
            return "not run", "the time limit is over"
        try:
            return "passed", check(self) or ""
        except Skipped as reason:
            return "skipped", str(reason)
        except OutOfTime:
            return "failed", "the time limit ended it"
        except Ended as reason:
            self.is_ended = True
            return "failed", str(reason)
        except (Fault, Unreachable) as fault:
            return "failed", str(fault)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as oddity:
            return "failed", f"an answer has another shape: {type(oddity).__name__} {oddity}"

    def _rule(self, rule: str) -> Row:
        broken, judged = self.client.broken[rule], self.client.kept[rule]
        complaints = [each for each in broken if each]
        if complaints:
            return Row("failed", rule, "; ".join(complaints[:3]))
        if not judged:
            return Row("skipped", rule, "no answer of this run is of this kind")
        return Row("passed", rule, f"{judged} answers")

    @property
    def has_failed(self) -> bool:
        return any(row.outcome in ("failed", "not run") for row in self.rows) or bool(
            self.left_behind
        )

    # What the checks make, and how it goes again.

    def needs_a_product(self, units: int = 1) -> int:
        """The product that the checks sell."""
        if not self.product_id:
            raise Skipped("the inventory was not read, so there is no product to try with")
        if self.available < units:
            raise Skipped(f"no product has enough units free ({units} asked for)")
        return self.product_id

    def needs_undo(self) -> None:
        """Skip what sells tickets where this key could not cancel them afterwards."""
        if self.can_undo_sales is None:
            path = f"tickets/{NOBODYS_TICKET}/cancel"
            answer = self.client.post(path, may_lack=True)
            self.can_undo_sales = answer.code != "permission_denied"
        if not self.can_undo_sales:
            raise Skipped("it sells tickets, and without tickets:cancel they could not be undone")

    def reserve(self, quantity: int = 1, **more: Any) -> dict[str, Any]:
        """A reservation that is cancelled at the end, unless it became an order."""
        wish = {"product_id": self.needs_a_product(quantity), "quantity": quantity, **more}
        made: dict[str, Any] = self.client.post("reserve", wish).expect(201)
        self.will_cancel_reservation(made["reservation_id"])
        return made

    def will_cancel_reservation(self, reservation_id: str) -> None:
        path = f"reservations/{reservation_id}"
        self.will_undo(f"reservation {reservation_id}", lambda: self.client.delete(path))

    def will_cancel_tickets(self, codes: Iterable[str]) -> None:
        for code in codes:
            self.will_undo(f"ticket {code}", self._cancelling(f"tickets/{code}/cancel"))

    def will_cancel_batch(self, batch_id: str) -> None:
        self.will_undo(f"batch {batch_id}", self._cancelling(f"batches/{batch_id}/cancel"))

    def _cancelling(self, path: str) -> Callable[[], Answer]:
        return lambda: self.client.post(path)

    def will_undo(self, thing: str, undo: Callable[[], Answer]) -> None:
        self._made[thing] = undo

    def is_undone(self, thing: str) -> None:
        self._made.pop(thing, None)

    def _clean_up(self) -> None:
        limit = time.monotonic() + SECONDS_TO_CLEAN_UP
        self.client.deadline = max(self.client.deadline, limit)
        for thing, undo in reversed(list(self._made.items())):
            try:
                answer = undo()
            except (Skipped, OutOfTime, Unreachable, Fault) as reason:
                self.left_behind.append(f"{thing}: {str(reason) or 'out of time'}")
                continue
            # 409 and 404: a sale or the clock has ended it already.
            is_waiting = answer.code == "reservation_has_order"
            if is_waiting or answer.status not in (200, 204, 404, 409):
                self.left_behind.append(f"{thing}: {answer.status} {answer.code}")


def title(check: Check) -> str:
    """The first line of its docstring."""
    return (check.__doc__ or check.__name__).splitlines()[0].rstrip(".")
