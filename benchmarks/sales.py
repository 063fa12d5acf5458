"""A partner with many resellers whose tickets were sold, used and taken back for a year.

Batches are made by the product's own door; what became of their tickets is written past it, in
a few statements: a million sales one by one would take an hour.
"""

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.world import BY, HOT_PRODUCT, LARGEST
from resellers import keys
from resellers.models import Partner, Reseller
from ticketing import batches
from ticketing.batches import Recipient


@transaction.atomic
def make(owner: str, resellers: int, tickets: int) -> str:
    """So many tickets, in equal parts of so many resellers; the partner's key."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
    partner = Partner.objects.create(partner_id=owner, name=owner, rate_limit=1000)
    _, key = keys.issue(partner, ["billing:read"], at=timezone.now())
    made = Reseller.objects.bulk_create(
        Reseller(partner=partner, reseller_code=f"R-{n}", name=f"Reseller {n}")
        for n in range(resellers)
    )
    for reseller in made:
        _batches(partner, reseller, tickets // resellers)
    with connection.cursor() as cursor:
        # Foreign keys and the laws of the gate would be asked a million times each.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in _SOLD:
            cursor.execute(statement, {"partner": partner.pk})
    return key


def _batches(partner: Partner, reseller: Reseller, tickets: int) -> None:
    for number, first in enumerate(range(0, tickets, LARGEST)):
        batches.generate(
            partner=partner, batch_id=f"{reseller.reseller_code}-{number}",
            product_id=HOT_PRODUCT, quantity=min(LARGEST, tickets - first),
            recipient=Recipient(reseller_id=reseller.pk), at=timezone.now(), by=BY,
        )  # fmt: skip


# Of twenty tickets two wait, one was sold and cancelled, five are used up, twelve are sold.
_SOLD = [
    """
CREATE TEMP TABLE sale ON COMMIT DROP AS
SELECT t.id AS ticket_id, t.batch_id, t.product_id, t.partner_id, b.reseller_id, n,
       uuidv7() AS order_id,
       timestamptz '2026-01-01 10:00+08' + mod(n, 365) * interval '1 day' AS at,
       CASE WHEN mod(n, 20) = 2 THEN 'CANCELLED' WHEN mod(n, 20) < 8 THEN 'USED'
            ELSE 'ACTIVE' END AS status
  FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM ticketing_ticket
         WHERE partner_id = %(partner)s) AS t
  JOIN ticketing_batch b ON b.id = t.batch_id
 WHERE mod(n, 20) >= 2""",
    """
INSERT INTO ticketing_customer (id, name, email, phone, special_requests, created_at)
VALUES ('00000000-0000-4000-8000-00000000b111', 'Bench', 'b@example.com', '', '', now())""",
    """
INSERT INTO ticketing_order
  (id, order_id, channel, partner_id, batch_id, product_id, customer_id, quantity, customer_types,
   total_amount, currency, status, payment_reference, confirmation_code, created_at, confirmed_at)
SELECT order_id, 'ORD-S-' || n, 'ota', partner_id, batch_id, product_id,
       '00000000-0000-4000-8000-00000000b111', 1, '{"adult": 1}', 288, 'HKD',
       CASE WHEN status = 'CANCELLED' THEN 'CANCELLED' ELSE 'CONFIRMED' END, 'PAY-' || n,
       'S' || n, at, at FROM sale""",
    """
UPDATE ticketing_ticket t
   SET order_id = s.order_id, status = s.status, customer_type = 'adult', price = 288,
       activated_at = s.at, created_at = t.created_at,
       used_at = CASE WHEN s.status = 'USED' THEN s.at + interval '3 days' END,
       cancelled_at = CASE WHEN s.status = 'CANCELLED' THEN s.at + interval '2 days' END,
       entitlements = CASE WHEN s.status = 'USED'
         THEN '[{"function_code": "FERRY_BOARDING", "remaining_uses": 0}]' ELSE entitlements END
  FROM sale s WHERE s.ticket_id = t.id""",
    """
INSERT INTO ticketing_settlemententry
  (kind, partner_id, reseller_id, batch_id, ticket_id, order_id, gross, commission_rate,
   commission, net, currency, by, request_id, at)
SELECT k.kind, partner_id, reseller_id, batch_id, ticket_id, order_id, k.sign * 288, 0.1,
       k.sign * 28.80, k.sign * 259.20, 'HKD', 'bench', '',
       CASE WHEN k.sign = 1 THEN at ELSE at + interval '2 days' END
  FROM sale CROSS JOIN (VALUES ('activation', 1), ('reversal', -1)) AS k (kind, sign)
 WHERE k.sign = 1 OR status = 'CANCELLED' ORDER BY at""",
]
