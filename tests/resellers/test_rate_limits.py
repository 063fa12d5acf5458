"""A partner's minute: its own figure, over all its keys, and nobody else's."""

from resellers import rate_limits
from resellers.models import Partner


def test_partners_do_not_use_up_each_others_minute() -> None:
    first = Partner(pk=1, partner_id="OTA_1", rate_limit=100)
    stranger = Partner(pk=2, partner_id="OTA_2", rate_limit=1000)
    for _ in range(5):
        rate_limits.count(stranger)
    one, other = rate_limits.count(first), rate_limits.count(stranger)
    assert (one.limit, one.remaining) == (100, 99)
    assert (other.limit, other.remaining) == (1000, 994)
