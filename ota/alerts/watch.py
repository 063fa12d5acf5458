"""Who watches when beat or the worker cannot: the web processes, each by a thread of its own.

No request waits for it and none starts it. Redis is only pinged, so that it works while it is away.
"""

import threading
import time

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from . import mail
from .evaluation import evaluate, evaluate_parts
from .rule import Group

log = structlog.get_logger("ota.alerts")


def begin() -> None:
    """Watch from now on, for as long as this process lives; not at all where the period is 0."""
    if settings.ALERT_WATCH_SECONDS > 0:
        threading.Thread(target=_watch, name="alerts", daemon=True).start()


def look() -> None:
    """Judge the parts; while one of them is away, judge and mail what the worker would have."""
    if evaluate_parts(at=timezone.now()).holding:
        evaluate(Group.QUICK, at=timezone.now())
        mail.send_due(at=timezone.now())


def _watch() -> None:
    while True:
        time.sleep(settings.ALERT_WATCH_SECONDS)
        try:
            look()
        except DatabaseError as error:
            log.warning("ota.alerts.database_away", error=type(error).__name__)
        except Exception:  # a thread that ended would be missed at the worst moment
            log.exception("ota.alerts.watch_failed")
        finally:
            connection.close()  # nobody keeps one for a question every ten seconds
