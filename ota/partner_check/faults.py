"""How a check ends that does not pass."""


class Fault(Exception):
    """The server did something else than it documents; the text says what."""


class Ended(Fault):
    """Nothing else could be tried either; the text says why, and what to put right."""


class Skipped(Exception):
    """The check could not be made here; the text says why."""


class OutOfTime(Exception):
    """The time limit of the whole run is over."""
