"""What the doors should do, as plain Python: the answers of the real system are held to it."""

from dataclasses import dataclass, field


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
    def tickets(self) -> int:
        return self.quantity if self.status == "activated" else 0

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
    """Two pools of a product and all that was ever held of the first."""

    ota: int
    direct: int
    held: dict[int, Held] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        return sum(each.holds for each in self.held.values())

    @property
    def sold(self) -> int:
        return sum(each.tickets for each in self.held.values())

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

    def reserve(self, number: int, quantity: int) -> str:
        if self.available < quantity:
            return "insufficient_inventory"
        if self.left < quantity:
            self.sweep()
        self.held[number] = Held(quantity)
        return "done"

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
