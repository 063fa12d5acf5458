"""Keeps children alive: one that dies is started again, one that cannot live ends everything."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from config.embedded import CannotStart
from config.embedded.children import Child
from config.embedded.servers import Server

FIRST_DELAY, LONGEST_DELAY = 0.5, 8.0
LIVES_AFTER = 30.0  # seconds after which an earlier death no longer counts
DEATHS_ALLOWED = 6


@dataclass
class Kept:
    """A child that is to live, and how it fared."""

    child: Child
    deaths: int = 0
    started_at: float = 0.0
    start_due: float | None = None  # while it is dead


class Supervisor:
    """Starts children, restarts the dead with growing pauses, stops all in the reverse order.

    Six deaths within half a minute of starting end everything loudly: what cannot
    run is not kept up as a pretence.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.kept: list[Kept] = []
        self.helpers: list[Child] = []

    def keep(self, child: Child) -> None:
        kept = Kept(child)
        self.kept.append(kept)
        self._start(kept)

    def run(self, child: Child) -> Child:
        """Start a child that ends by itself; it is stopped with the others if it has not."""
        self.helpers.append(child)
        child.start()
        return child

    def look_after_them(self) -> None:
        """One round: note who died, start who is due. Called a few times a second."""
        for kept in self.kept:
            if kept.start_due is not None:
                if time.monotonic() >= kept.start_due:
                    self._start(kept)
            elif not kept.child.alive:
                self._bury(kept)

    def stop(self) -> None:
        """Ask the product's processes together, then the servers below them one by one."""
        for child in self.helpers:
            child.stop()
        children = [kept.child for kept in reversed(self.kept)]
        for child in children:
            if not isinstance(child, Server):
                child.ask_to_stop()
        for child in children:
            child.stop()

    def _start(self, kept: Kept) -> None:
        kept.start_due = None
        kept.started_at = time.monotonic()
        kept.child.start()

    def _bury(self, kept: Kept) -> None:
        child = kept.child
        child.end_what_it_left()
        lived = time.monotonic() - kept.started_at
        kept.deaths = 1 if lived > LIVES_AFTER else kept.deaths + 1
        if kept.deaths > DEATHS_ALLOWED:
            raise CannotStart(
                f"{child.name} died {kept.deaths} times in a row:\n{child.last_words()}"
            )
        pause = min(FIRST_DELAY * 2 ** (kept.deaths - 1), LONGEST_DELAY)
        kept.start_due = time.monotonic() + pause
        self.say(f"{child.name} ended ({child.how_it_ended()}); it is started again in {pause} s.")
