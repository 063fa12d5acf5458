"""What the doors should do, as plain Python: the answers of the real system are held to it."""

from dataclasses import dataclass, field


@dataclass
class Right:
    """A ticket as a partner thinks of it."""

    status: str
    was_sold: bool = False
    reservation: int | None = None  # the number of the one it was issued from
    batch: int | None = None

    @property
    def is_waiting(self) -> bool:
        return self.status == "PRE_GENERATED"

    @property
    def counts_as_sold(self) -> bool:
        return self.was_sold and self.status != "CANCELLED"

    @property
    def order(self) -> str:
        """The status of the order of its own, if it has one."""
        if self.batch is None or not self.was_sold:
            return ""
        return "CANCELLED" if self.status == "CANCELLED" else "CONFIRMED"


@dataclass
class Held:
    """A reservation as a partner thinks of it."""

    quantity: int
    status: str = "active"
    is_overdue: bool = False
    order: str = ""  # the status of its order, if it has one

    @property
    def holds(self) -> int:
        """Units the counter has reserved for it, swept or not."""
        return self.quantity if self.status == "active" else 0

    @property
    def shown(self) -> str:
        return "expired" if self.status == "active" and self.is_overdue else self.status

    def obstacle(self) -> str:
        """The code of what stands in the way of selling or cancelling it; "" if nothing."""
        return {
            "active": "",
            "activated": "reservation_already_activated",
            "cancelled": "reservation_cancelled",
            "expired": "reservation_expired",
        }[self.shown]

    def end(self, status: str, order: str) -> None:
        self.status, self.order = status, order if self.order else ""


@dataclass
class Shop:
    """Two pools of a product and all that was ever held or made of the first."""

    ota: int
    direct: int
    held: dict[int, Held] = field(default_factory=dict)
    tickets: list[Right] = field(default_factory=list)

    @property
    def reserved(self) -> int:
        waiting = sum(each.is_waiting for each in self.tickets)
        return waiting + sum(each.holds for each in self.held.values())

    @property
    def sold(self) -> int:
        return sum(each.counts_as_sold for each in self.tickets)

    def orders(self) -> list[str]:
        """The statuses of all orders."""
        placed = [each.order for each in self.held.values()]
        return [status for status in placed + [each.order for each in self.tickets] if status]

    @property
    def left(self) -> int:
        """Units the counter could give away as it stands."""
        return self.ota - self.reserved - self.sold

    @property
    def available(self) -> int:
        """Units that can be sold: an overdue hold is free."""
        return self.left + sum(each.quantity for each in self.overdue())

    def overdue(self) -> list[Held]:
        return [each for each in self.held.values() if each.status == "active" and each.is_overdue]

    def sweep(self) -> int:
        overdue = self.overdue()
        for each in overdue:
            each.end("expired", "EXPIRED")
        return len(overdue)

    def take(self, quantity: int) -> str:
        """Make sure that units are left; overdue holds are freed for them."""
        if self.available < quantity:
            return "insufficient_inventory"
        if self.left < quantity:
            self.sweep()
        return "done"

    def reserve(self, number: int, quantity: int) -> str:
        if (taken := self.take(quantity)) == "done":
            self.held[number] = Held(quantity)
        return taken

    def place(self, number: int) -> str:
        each = self.held[number]
        if obstacle := each.obstacle():
            return obstacle
        if each.order:
            return "reservation_has_order"
        each.order = "PENDING_PAYMENT"
        return "done"

    def pay(self, number: int) -> str:
        each = self.held[number]
        if each.order == "CONFIRMED":
            return "order_already_confirmed"
        return each.obstacle() or self.activate(number)

    def activate(self, number: int) -> str:
        each = self.held[number]
        if obstacle := each.obstacle():
            return obstacle
        each.status, each.order = "activated", "CONFIRMED"
        self.tickets += [Right("ACTIVE", True, reservation=number) for _ in range(each.quantity)]
        return "done"

    def cancel(self, number: int) -> str:
        each = self.held[number]
        if each.status == "cancelled":
            return "done"
        if obstacle := each.obstacle():
            return obstacle
        each.end("cancelled", "CANCELLED")
        return "done"

    def reallocate(self, source: str, units: int) -> str:
        if source == "direct":
            if not self.direct:  # nothing of nothing is no use below 70 %
                return "reallocation_check_failed"
            if units > self.direct:
                return "allocation_below_committed"
            self.ota, self.direct = self.ota + units, self.direct - units
            return "done"
        if units > self.left:
            return "allocation_below_committed"
        self.ota, self.direct = self.ota - units, self.direct + units
        return "done"

    # Pre-made tickets.

    def generate(self, batch: int, quantity: int) -> str:
        if (taken := self.take(quantity)) == "done":
            self.tickets += [Right("PRE_GENERATED", batch=batch) for _ in range(quantity)]
        return taken

    def sell(self, which: int) -> str:
        ticket = self.tickets[which]
        if ticket.was_sold:
            return "ticket_already_activated"
        if not ticket.is_waiting:
            return "ticket_not_sellable"
        ticket.status, ticket.was_sold = "ACTIVE", True
        return "done"

    def cancel_ticket(self, which: int) -> str:
        ticket = self.tickets[which]
        if ticket.status not in ("PRE_GENERATED", "ACTIVE", "CANCELLED"):
            return "ticket_not_cancellable"
        ticket.status = "CANCELLED"
        if ticket.reservation is not None:
            self._cancel_empty_order(ticket.reservation)
        return "done"

    def expire_ticket(self, which: int) -> str:
        ticket = self.tickets[which]
        if ticket.status not in ("PRE_GENERATED", "ACTIVE"):
            return "illegal_status_change"
        ticket.status = "EXPIRED"
        return "done"

    def end_rest(self, batch: int, status: str) -> int:
        rest = [each for each in self.tickets if each.batch == batch and each.is_waiting]
        for ticket in rest:
            ticket.status = status
        return len(rest)

    def _cancel_empty_order(self, reservation: int) -> None:
        issued = [each for each in self.tickets if each.reservation == reservation]
        if all(each.status == "CANCELLED" for each in issued):
            self.held[reservation].order = "CANCELLED"
