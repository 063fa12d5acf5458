"""E-mails to the contacts of partners; each is sent once, however often the sending fails."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from inventory.models import Product

from ..models import PartnerMail

log = structlog.get_logger("ota.mails")
AT_ONCE = 50
# In hand or waiting: either way nobody else takes it until then. The last one is the end.
WAITS = (120, 600, 3600, 14_400, 43_200)


def can_be_sent() -> bool:
    """Whether there is a mail server; without one nothing is taken for sent."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def send_due(*, at: Callable[[], datetime]) -> int:
    """Send the e-mails that wait; returns how many went out."""
    if not can_be_sent():
        return 0
    return sum(_sent(mail, at=at()) for mail in _claimed(at=at()))


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
    except (OSError, SMTPException) as failure:
        mail.error = type(failure).__name__
        if mail.attempts > len(WAITS):
            mail.next_attempt_at = None
        log.warning("ota.mails.failed", mail_id=mail.pk, error=mail.error, attempts=mail.attempts)
    else:
        mail.sent_at, mail.next_attempt_at, mail.error = at, None, ""
    mail.save(update_fields=["sent_at", "next_attempt_at", "error"])
    return mail.sent_at is not None


def _message(mail: PartnerMail) -> EmailMessage:
    told = json.loads(mail.payload)["data"]
    product = Product.objects.get(pk=told["product_id"])
    facts = {
        "product": product.pk,
        "name": product.name,
        "units": told["increased_by"],
        "available": told["available_quantity"],
        "languages": [code for code, _ in settings.LANGUAGES],
    }
    return EmailMessage(
        subject=f"Gangway: +{told['increased_by']} {product}",
        body=render_to_string("mail/inventory_increased.txt", facts),
        to=[mail.partner.contact_email],
        # The same for every attempt, so that a mailbox can tell a repetition.
        headers={"Message-ID": f"<{mail.event_type}.{mail.move_id}.{mail.partner_id}@gangway>"},
    )
