"""What a partner has on its way to its first call, and what is missing."""

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import payment_secrets
from ..models import ApiKey, Partner


def readiness(partner: Partner) -> str:
    """The steps of its onboarding: done, or missing."""
    at = timezone.now()
    live = partner.keys.filter(ApiKey.in_state(ApiKey.State.LIVE, at))
    has_called = partner.keys.exclude(last_used_at=None).exists()
    has_secret = bool(payment_secrets.valid(partner.partner_id, at=at))
    steps = [
        (_("contact e-mail"), bool(partner.contact_email)),
        (_("a key that works"), partner.is_active and live.exists()),
        (_("first call with a key"), has_called),
        (_("payment secret, for orders paid by notice"), has_secret),
    ]
    return render_to_string("admin/readiness.html", {"steps": steps})
