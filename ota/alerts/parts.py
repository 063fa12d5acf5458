"""Parts that have fallen silent: beat, worker, sender, cache. The web processes judge them too."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from config.redis_client import client

from ..models import Alert, AlertThreshold, Heartbeat
from .rule import Condition, Group, Limit, Link, Rule, Severity

# A part that was silent while we were not there either is given time to speak; an alert that
# somebody opened who was there is left to it.
STARTED_AT = timezone.now()
SECONDS = Limit(120, 30, 86_400, _("Speaks after so many seconds of silence"))
HEARTBEATS = Link(_("Signs of life"), "ota_heartbeat")


def silent(part: str, threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Whether a part has given no sign of life for so many seconds."""
    seen = Heartbeat.objects.filter(part=part).values_list("at", flat=True).first()
    silence = at - (seen or STARTED_AT)
    bearable = timedelta(seconds=threshold.value or 0)
    if seen and silence <= bearable:
        return
    is_known = Alert.objects.filter(rule=threshold.rule, closed_at=None).exists()
    if is_known or at - STARTED_AT > bearable:
        yield Condition("", {"silent_minutes": round(silence.total_seconds() / 60)})


def cache_away(threshold: AlertThreshold, at: datetime) -> Iterator[Condition]:
    """Whether Redis answers; asked twice, for a busy machine may be late once."""
    try:
        client().ping()
    except RedisError:
        try:
            client().ping()
        except RedisError as error:
            yield Condition("", {"error": type(error).__name__})


RULES = (
    Rule(
        name="beat_silent",
        look=partial(silent, Heartbeat.Part.BEAT.value),
        group=Group.PARTS,
        severity=Severity.CRITICAL,
        value=SECONDS,
        title=_("Beat is silent"),
        says=_("Beat, which starts what is due, was last heard %(silence)s ago."),
        means=_(
            "Sales go on, and overdue holds are sold again. Holds are not swept, settlement is not"
            " closed, partners are told nothing, and rules that look far back are not judged."
        ),
        todo=_("Start beat. What is due is then done once, not as often as it was missed."),
        links=(HEARTBEATS,),
    ),
    Rule(
        name="worker_silent",
        look=partial(silent, Heartbeat.Part.WORKER.value),
        group=Group.PARTS,
        severity=Severity.CRITICAL,
        value=SECONDS,
        title=_("The worker is silent"),
        says=_("The worker last finished something %(silence)s ago."),
        means=_(
            "Sales go on. What beat starts is not done: the same as if beat were silent. The log"
            " of calls waits in Redis."
        ),
        todo=_("Start the worker. If it runs, see whether Redis is away or a task keeps it busy."),
        links=(HEARTBEATS,),
    ),
    Rule(
        name="sender_silent",
        look=partial(silent, Heartbeat.Part.SENDER.value),
        group=Group.PARTS,
        severity=Severity.WARNING,
        value=SECONDS,
        title=_("The sender is silent"),
        says=_("The sender, which tells partners what happens, was last heard %(silence)s ago."),
        means=_("Notices and e-mails to partners wait. Nothing is lost, and sales go on."),
        todo=_("Start the sender. If it runs, see whether it is kept busy or Redis is away."),
        links=(HEARTBEATS,),
    ),
    Rule(
        name="cache_away",
        look=cache_away,
        group=Group.PARTS,
        severity=Severity.CRITICAL,
        title=_("Redis is away"),
        says=_("Redis did not answer: %(error)s."),
        means=_(
            "Sales go on. Rate limits are counted by each process alone, calls are logged straight"
            " into the table, and the worker gets nothing to do."
        ),
        todo=_("Start Redis. Everything reconnects by itself."),
        links=(HEARTBEATS,),
    ),
)
