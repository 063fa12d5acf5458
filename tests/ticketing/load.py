"""Writers who do everything at once to one product, as partners, operators and beat would."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random

from django.db import OperationalError

from config import sqlstates
from config.api.retries import with_retries
from config.errors import Refusal
from inventory import allocations
from inventory.models import Product
from resellers.models import Partner
from tests import make
from tests.ticketing.racing import reserve
from ticketing import expiring
from ticketing.availability import available
from ticketing.models import Order, Reservation


@dataclass
class Load:
    """What the writers know of each other, and what came of their calls."""

    product: Product
    partners: list[Partner]
    seconds: float
    held: deque[Reservation] = field(default_factory=lambda: deque(maxlen=200))
    placed: deque[Order] = field(default_factory=lambda: deque(maxlen=100))

    def write(self, seed: int) -> Counter[tuple[str, str]]:
        """Act until the time is over; counts (deed, how it ended). A bug ends it at once.

        Each deed is repeated and refused as at the edges.
        """
        chance, came = Random(seed), Counter[tuple[str, str]]()
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            deed = chance.choices(list(DEEDS), weights=list(DEEDS.values()))[0]
            try:
                with_retries(partial(getattr(self, deed), chance))()
                came[deed, "done"] += 1
            except Refusal as refusal:
                came[deed, refusal.code] += 1
            except OperationalError as error:
                if sqlstates.of(error) not in sqlstates.BUSY:
                    raise
                came[deed, "busy"] += 1  # 503 with Retry-After
            except IndexError:
                continue  # nothing there yet to act upon
        return came

    def reserve(self, chance: Random) -> None:
        at = make.now()
        soon = at + timedelta(milliseconds=chance.uniform(20, 400))
        wish = {"reservation_expires_at": soon} if chance.random() < 0.7 else {}
        held = reserve(self.product, chance.choice(self.partners), chance.randint(1, 4), **wish)
        self.held.append(held)

    def recent(self, chance: Random) -> Reservation:
        """One that may still be active; IndexError while there is none."""
        return self.held[-chance.randint(1, 16)]

    def activate(self, chance: Random) -> None:
        make.activate(self.recent(chance))

    def activate_at_the_boundary(self, chance: Random) -> None:
        held = self.recent(chance)
        left = (held.expires_at - make.now()).total_seconds()
        time.sleep(min(max(left + chance.uniform(-0.01, 0.002), 0), 0.4))
        make.activate(held)

    def cancel(self, chance: Random) -> None:
        make.cancel(self.recent(chance))

    def place(self, chance: Random) -> None:
        self.placed.append(make.place(self.recent(chance)))

    def pay(self, chance: Random) -> None:
        make.pay(chance.choice(self.placed))

    def notice(self, chance: Random) -> None:
        order = chance.choice(self.placed)
        assert order.partner is not None
        event = make.notice(order, event_id=f"evt-{order.order_id}")
        assert make.notify(event, order.partner.partner_id)["received"]

    def sweep(self, chance: Random) -> None:
        expiring.sweep(at=make.now)

    def reallocate(self, chance: Random) -> None:
        source, target = chance.sample(["ota", "direct"], 2)
        allocations.reallocate(
            product_id=self.product.pk, source=source, target=target, units=chance.randint(1, 5),
            demand=10**6, at=make.now(), by=make.BY,
        )  # fmt: skip

    def look(self, chance: Random) -> None:
        assert available("ota")[self.product.pk] >= 0


DEEDS = {
    "reserve": 30,
    "activate": 4,
    "activate_at_the_boundary": 6,
    "cancel": 8,
    "place": 6,
    "pay": 4,
    "notice": 6,
    "sweep": 3,
    "reallocate": 3,
    "look": 5,
}
