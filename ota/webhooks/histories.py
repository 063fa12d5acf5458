"""What of each history partners are told: which rows, to whom, and in which words.

A history is read through its primary key between two of its rows, so that the size of the whole
does not matter; a row that an endpoint was told of already is left out by the deliveries
themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.api.rendering import money
from config.statements import Row

from ..models import Event


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened, as one endpoint or partner is told of it."""

    to: Any  # an endpoint, or the partner whose contact is mailed
    event: str
    move: int
    subject: str
    at: Any
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """A table of moves, the statement that finds what is untold, and how a row of it is told."""

    name: str
    table: str
    untold: str
    told: Callable[[Row], Notice]
    mailed: str = ""


def _order(row: Row) -> Notice:
    (to, event, move, at, order, confirmation, product, quantity, total, currency,
     reservation, batch) = row  # fmt: skip
    data = {
        "order_id": order,
        "confirmation_code": confirmation,
        "product_id": product,
        "quantity": quantity,
        "total_amount": money(total),
        "currency": currency,
        "reservation_id": reservation,
        "batch_id": batch,
        "confirmed_at": at,
    }
    return Notice(to, event, move, f"order:{order}", at, data)


def _reservation(row: Row) -> Notice:
    to, event, move, at, reservation, product, quantity, expires_at = row
    data = {
        "reservation_id": reservation,
        "product_id": product,
        "quantity": quantity,
        "expires_at": expires_at,
    }
    return Notice(to, event, move, f"reservation:{reservation}", at, data)


def _ticket(row: Row) -> Notice:
    to, event, move, at, code, status, product, order, batch = row
    data = {
        "ticket_code": code,
        "status": status,
        "product_id": product,
        "order_id": order,
        "batch_id": batch,
        "used_at" if event == Event.TICKET_USED else "cancelled_at": at,
    }
    return Notice(to, event, move, f"ticket:{code}", at, data)


def _stock(row: Row) -> Notice:
    to, event, move, at, product, units, available, low = row
    data = {"product_id": product, "available_quantity": available}
    if event == Event.INVENTORY_LOW:
        data["threshold"] = low
    else:
        data["increased_by"] = units
    return Notice(to, event, move, f"product:{product}", at, data)


# Between `above` and `upto`. OFFSET keeps the planner from beginning anywhere else, at an endpoint
# and all that its partner ever sold, whatever it believes of the sizes of tables.
def _stretch(table: str) -> str:
    return f"""(SELECT * FROM {table} WHERE id > %(above)s::bigint AND id <= %(upto)s::bigint
                 ORDER BY id OFFSET 0) m"""  # noqa: S608


# For endpoints that listen and have not been told.
_FOR_WHOM = """
   AND m.at >= e.listens_since AND m.at >= %(since)s::timestamptz
   AND e.is_active AND e.removed_at IS NULL AND {event} = ANY(e.events)
   AND NOT EXISTS (SELECT FROM ota_delivery d
                    WHERE d.endpoint_id = e.id AND d.event_type = {event} AND d.move_id = m.id)
 ORDER BY m.id
 LIMIT %(most)s::int
"""
_ORDERS = f"""
SELECT e.id, 'order.confirmed', m.id, m.at, o.order_id, o.confirmation_code, o.product_id,
       o.quantity, o.total_amount, o.currency, o.reservation_id, b.batch_id
  FROM {_stretch("ticketing_ordermove")}
  JOIN ticketing_order o ON o.id = m.subject_id
  JOIN ota_webhookendpoint e ON e.partner_id = o.partner_id
  LEFT JOIN ticketing_batch b ON b.id = o.batch_id
 WHERE m.status = 'CONFIRMED'""" + _FOR_WHOM.format(event="'order.confirmed'")  # noqa: S608
_RESERVATIONS = f"""
SELECT e.id, 'reservation.expired', m.id, m.at, r.id, r.product_id, r.quantity, r.expires_at
  FROM {_stretch("ticketing_reservationmove")}
  JOIN ticketing_reservation r ON r.id = m.subject_id
  JOIN ota_webhookendpoint e ON e.partner_id = r.partner_id
 WHERE m.status = 'expired'""" + _FOR_WHOM.format(event="'reservation.expired'")  # noqa: S608
_TICKETS = f"""
SELECT e.id, 'ticket.' || lower(m.status), m.id, m.at, t.code, m.status, t.product_id,
       o.order_id, b.batch_id
  FROM {_stretch("ticketing_ticketmove")}
  JOIN ticketing_ticket t ON t.id = m.subject_id
  JOIN ota_webhookendpoint e ON e.partner_id = t.partner_id
  LEFT JOIN ticketing_order o ON o.id = t.order_id
  LEFT JOIN ticketing_batch b ON b.id = t.batch_id
 WHERE m.status IN ('USED', 'CANCELLED')""" + _FOR_WHOM.format(event="'ticket.' || lower(m.status)")  # noqa: S608
# What was free after a move, and before it. Low is an edge: the move that crosses it says so.
_FREE = "(m.allocated - m.reserved - m.sold)"
_FREE_BEFORE = f"({_FREE} - m.d_allocated + m.d_reserved + m.d_sold)"
_STOCK_EVENT = "CASE WHEN m.d_allocated > 0 THEN 'inventory.increased' ELSE 'inventory.low' END"
_STOCK_MOVES = f"""
  FROM {_stretch("inventory_allocationmove")}
  JOIN inventory_channelallocation a ON a.id = m.allocation_id AND a.channel = 'ota'"""
_CROSSED = f"({_FREE} < %(low)s::int AND {_FREE_BEFORE} >= %(low)s::int)"
_STOCK = (
    f"SELECT e.id, {_STOCK_EVENT}, m.id, m.at, a.product_id, m.d_allocated, {_FREE}, "
    f"%(low)s::int {_STOCK_MOVES} CROSS JOIN ota_webhookendpoint e "
    f"WHERE (m.d_allocated > 0 OR {_CROSSED})" + _FOR_WHOM.format(event=_STOCK_EVENT)
)
_STOCK_MAILED = f"""
SELECT p.id, 'inventory.increased', m.id, m.at, a.product_id, m.d_allocated, {_FREE}, %(low)s::int
  {_STOCK_MOVES} CROSS JOIN resellers_partner p
 WHERE m.d_allocated > 0
   AND m.at >= p.created_at AND m.at >= %(since)s::timestamptz
   AND p.is_active AND p.contact_email <> ''
   AND NOT EXISTS (SELECT FROM ota_partnermail s
                    WHERE s.partner_id = p.id AND s.event_type = 'inventory.increased'
                      AND s.move_id = m.id)
 ORDER BY m.id
 LIMIT %(most)s::int
"""  # noqa: S608  joined of what stands here

HISTORIES = (
    History("orders", "ticketing_ordermove", _ORDERS, _order),
    History("reservations", "ticketing_reservationmove", _RESERVATIONS, _reservation),
    History("tickets", "ticketing_ticketmove", _TICKETS, _ticket),
    History("stock", "inventory_allocationmove", _STOCK, _stock, _STOCK_MAILED),
)
