"""The five characters by which PostgreSQL says what went wrong, and what they mean to us."""

LOCK_NOT_AVAILABLE = "55P03"  # not had within its time, or at once where it was asked for so
SERIALIZATION_FAILURE = "40001"
DEADLOCK = "40P01"
CANCELLED = "57014"  # by the time limit of a statement
# A session that was ended because it stood still in a transaction; to the driver an internal error.
ENDED = "25P03"

# What the same transaction may get when it is run once more.
REPEATABLE = frozenset({SERIALIZATION_FAILURE, DEADLOCK, LOCK_NOT_AVAILABLE})
# A statement that took its time and got nothing.
TOO_LONG = frozenset({CANCELLED, LOCK_NOT_AVAILABLE})
# Every wait that was cut short. Every other operational error is the database going or gone.
BUSY = REPEATABLE | TOO_LONG


def of(error: BaseException) -> str | None:
    """The one PostgreSQL gave an error, if it gave any."""
    return getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
