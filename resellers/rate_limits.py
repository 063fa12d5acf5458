"""Requests per minute of a partner, over all its keys and all web workers."""

from config import rate_limits
from config.rate_limits import Usage

from .models import Partner


def count(partner: Partner) -> Usage:
    """Count one request of a partner, atomically across workers."""
    return rate_limits.count("partner", partner.partner_id, partner.rate_limit)
