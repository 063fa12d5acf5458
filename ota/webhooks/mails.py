"""E-mails to the contacts of partners; each is sent once, however often the sending fails."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import pgettext_lazy

from inventory.models import Product

from ..models import PartnerMail, WebhookEndpoint
from .endpoints import body

log = structlog.get_logger("ota.mails")
AT_ONCE = 50
# In hand or waiting: either way nobody else takes it until then. The last one is the end.
WAITS = (120, 600, 3600, 14_400, 43_200)
WEBHOOK_OFF = "webhook.disabled"
WHY_OFF = {
    "gone": pgettext_lazy("said to its partner", "it answered 410"),
    "failing": pgettext_lazy("said to its partner", "it failed for three days"),
}
LANGUAGES = [code for code, _ in settings.LANGUAGES]


def can_be_sent() -> bool:
    """Whether there is a mail server; without one nothing is taken for sent."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def send_due(*, at: Callable[[], datetime]) -> int:
    """Send the e-mails that wait; returns how many went out."""
    if not can_be_sent():
        return 0
    return sum(_sent(mail, at=at()) for mail in _claimed(at=at()))


def tell_of_end(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Write to the contact of its partner that we turned a webhook off; a step.

    No row of a history stands for it: the moment does.
    """
    if not can_be_sent() or not endpoint.partner.contact_email:
        return
    told = {
        "webhook_id": endpoint.pk,
        "host": urlsplit(endpoint.url).netloc,  # a path may hold what only the two know
        "reason": endpoint.disabled_why,
        "disabled_at": at,
    }
    PartnerMail.objects.create(
        partner=endpoint.partner,
        event_type=WEBHOOK_OFF,
        move_id=int(at.timestamp() * 1_000_000),
        payload=body(WEBHOOK_OFF, at, told),
        next_attempt_at=at,
        created_at=at,
    )


@transaction.atomic
def _claimed(*, at: datetime) -> list[PartnerMail]:
    due = PartnerMail.objects.filter(next_attempt_at__lte=at).select_related("partner")
    mails = list(due.order_by("id").select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    for mail in mails:
        mail.next_attempt_at = at + timedelta(seconds=WAITS[min(mail.attempts, len(WAITS) - 1)])
        mail.attempts += 1
    PartnerMail.objects.bulk_update(mails, ["next_attempt_at", "attempts"])
    return mails


def _sent(mail: PartnerMail, *, at: datetime) -> bool:
    try:
        _message(mail).send()
    except Exception as failure:
        if not isinstance(failure, OSError | SMTPException):
            log.exception("ota.mails.broken", mail_id=mail.pk)  # ours, and no other mail's
        mail.error = type(failure).__name__[:60]
        if mail.attempts > len(WAITS):
            mail.next_attempt_at = None
        log.warning("ota.mails.failed", mail_id=mail.pk, error=mail.error, attempts=mail.attempts)
    else:
        mail.sent_at, mail.next_attempt_at, mail.error = at, None, ""
    mail.save(update_fields=["sent_at", "next_attempt_at", "error"])
    return mail.sent_at is not None


def _message(mail: PartnerMail) -> EmailMessage:
    told = json.loads(mail.payload)["data"]
    subject, text = (_off if mail.event_type == WEBHOOK_OFF else _more_units)(told)
    return EmailMessage(
        subject=subject,
        body=text,
        to=[mail.partner.contact_email],
        # The same for every attempt, so that a mailbox can tell a repetition.
        headers={"Message-ID": f"<{mail.event_type}.{mail.move_id}.{mail.partner_id}@gangway>"},
    )


def _more_units(told: dict[str, Any]) -> tuple[str, str]:
    product = Product.objects.get(pk=told["product_id"])
    facts = {
        "product": product.pk,
        "name": product.name,
        "units": told["increased_by"],
        "available": told["available_quantity"],
        "languages": LANGUAGES,
    }
    text = render_to_string("mail/inventory_increased.txt", facts)
    return f"Gangway: +{told['increased_by']} {product}", text


def _off(told: dict[str, Any]) -> tuple[str, str]:
    facts = {
        "webhook": told["webhook_id"],
        "host": told["host"],
        "why": WHY_OFF[told["reason"]],
        "at": told["disabled_at"],
        "languages": LANGUAGES,
    }
    text = render_to_string("mail/webhook_off.txt", facts)
    return f"Gangway: {told['host']} – webhook off / Webhook 已停用", text
