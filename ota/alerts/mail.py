"""Mail to the operators: once when an alert opens, once when it has ended for good.

What is due stands in the rows; a row is claimed before it is mailed, and given back when the mail
server does not take it. So two senders never mail the same, and nothing is forgotten while the
server is away, or while there is none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localtime

from ..models import Alert
from ..webhooks import mails
from . import rulebook
from .evaluation import QUIET

log = structlog.get_logger("ota.alerts")
ALONE = 3  # more than so many at a time come in one mail
TOLD = 30  # of them; the others are counted
FORGOTTEN = timedelta(days=1)  # an end so long ago is no news
OPENED, CLOSED = "mailed_at", "closing_mailed_at"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: alerts that opened, or that ended; `mark` is the column that says it was sent."""

    mark: str
    alerts: tuple[Alert, ...]


def send_due(*, at: datetime) -> int:
    """Mail what is due; returns how many mails the server took."""
    if not settings.ALERT_EMAILS or not mails.can_be_sent():
        return 0
    sent = 0
    waiting = [letter for mark in (OPENED, CLOSED) for letter in _letters(mark, _claimed(mark, at))]
    try:
        with get_connection() as server:
            while waiting:
                server.send_messages([_message(waiting[0])])
                waiting.pop(0)
                sent += 1
    except (OSError, SMTPException) as error:
        log.error("ota.alerts.mail_failed", error=type(error).__name__, waiting=len(waiting))
    finally:
        for letter in waiting:
            ids = [alert.pk for alert in letter.alerts]
            Alert.objects.filter(pk__in=ids).update(**{letter.mark: None})
    return sent


def _due(mark: str, at: datetime) -> Q:
    if mark == OPENED:
        return Q(mailed_at=None, closed_at=None)
    ended = Q(closed_at__lte=at - QUIET, closed_at__gt=at - QUIET - FORGOTTEN)
    return ended & Q(closing_mailed_at=None)


@transaction.atomic
def _claimed(mark: str, at: datetime) -> list[Alert]:
    due = Alert.objects.filter(_due(mark, at)).order_by("id").select_for_update(skip_locked=True)
    claimed = list(due)
    Alert.objects.filter(pk__in=[alert.pk for alert in claimed]).update(**{mark: at})
    return sorted(
        claimed, key=lambda alert: rulebook.SEVERITIES.index(Alert.Severity(alert.severity))
    )


def _letters(mark: str, alerts: Sequence[Alert]) -> Iterator[Letter]:
    if len(alerts) > ALONE:
        yield Letter(mark, tuple(alerts))
    else:
        yield from (Letter(mark, (alert,)) for alert in alerts)


def _message(letter: Letter) -> EmailMessage:
    """The mail in both languages; the id is the same if it ever had to be sent again."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or "localhost"
    ids = [alert.pk for alert in letter.alerts]
    name = f"alert-{ids[0]}-{len(ids)}-{'opened' if letter.mark == OPENED else 'closed'}"
    return EmailMessage(
        subject=_in_one_line(_subject(letter)),
        body="\n\n".join(_body(letter, language) for language, _ in settings.LANGUAGES),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=settings.ALERT_EMAILS,
        headers={"Message-ID": f"<{name}@{host}>", "Auto-Submitted": "auto-generated"},
    )


def _subject(letter: Letter) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        about = str(letter.alerts[0]) if len(letter.alerts) == 1 else f"{len(letter.alerts)} alerts"
        what = letter.alerts[0].get_severity_display() if letter.mark == OPENED else "closed"
    return f"[Gangway] {what}: {about}"


def _body(letter: Letter, language: str) -> str:
    with translation.override(language):
        told = [
            {
                "about": str(alert),
                "severity": alert.get_severity_display(),
                "reasoning": rulebook.reasoning(alert),
                "since": f"{localtime(alert.first_seen_at):%Y-%m-%d %H:%M}",
                "until": f"{localtime(alert.closed_at):%Y-%m-%d %H:%M}" if alert.closed_at else "",
                "rule": rulebook.rule_of(alert),
                "page": settings.PUBLIC_BASE_URL
                + reverse("admin:ota_alert_change", args=[alert.pk]),
            }
            for alert in letter.alerts[:TOLD]
        ]
        context = {
            "alerts": told,
            "closed": letter.mark == CLOSED,
            "more": max(0, len(letter.alerts) - TOLD),
            "page": settings.PUBLIC_BASE_URL + reverse("admin:ota_alert_changelist"),
        }
        return render_to_string("mail/alerts.txt", context).strip()


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
