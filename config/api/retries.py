"""The outermost transaction once more, where the database says that it may help."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import structlog
from django.db import OperationalError, connection

from config import sqlstates
from config.api.refusals import Busy

RETRIES = 3
FIRST_PAUSE = 0.01

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger("config.api")


def with_retries(fn: Callable[P, T]) -> Callable[P, T]:
    """`fn` opens the outermost transaction; a deadlock or a cut lock wait runs it again.

    At most three times, after a pause of growing random length; then Busy. Inside a
    transaction nothing is retried: it is already lost, and only its owner can repeat it.
    """

    @functools.wraps(fn)
    def retried(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(RETRIES):
            try:
                return fn(*args, **kwargs)
            except OperationalError as error:
                _refuse_repeating(error)
                log.info("ota.database.retried", sqlstate=sqlstates.of(error), attempt=attempt + 1)
            time.sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))  # noqa: S311
        return _last(fn, *args, **kwargs)

    return retried


def _refuse_repeating(error: OperationalError) -> None:
    if sqlstates.of(error) not in sqlstates.REPEATABLE or connection.in_atomic_block:
        raise error


def _last(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return fn(*args, **kwargs)
    except OperationalError as error:
        _refuse_repeating(error)
        raise Busy("Others held the same stock too long. Repeat after Retry-After.") from error
