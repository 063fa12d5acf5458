"""Holding stock: reservations, their end, and requests that are repeated."""

import uuid
from datetime import UTC, datetime, timedelta

from .answers import keys, need
from .faults import Fault
from .run import CUSTOMER, Run

SHORT = timedelta(seconds=3)


def reserve_and_cancel(run: Run) -> str:
    """Reserve, look it up, find it in the list, cancel it, twice."""
    made = run.reserve(2)
    keys(
        made, "reservation_id", "product_id", "quantity", "status", "reserved_until", "expires_at",
        "pricing_snapshot", "created_at", where="the reservation",
    )  # fmt: skip
    path = f"reservations/{made['reservation_id']}"
    need(run.client.get(path).expect(200)["status"] == "active", "it is not active")
    listed = run.client.get("reservations?limit=1000").expect(200)["reservations"]
    found = [each["reservation_id"] for each in listed]
    need(made["reservation_id"] in found, "the list of active reservations lacks it")
    run.client.delete(path).expect(204)
    run.client.delete(path).expect(204)
    need(run.client.get(path).expect(200)["status"] == "cancelled", "it is not cancelled")
    run.is_undone(f"reservation {made['reservation_id']}")
    return ""


def repeated(run: Run) -> str:
    """The same request with the same Idempotency-Key reserves once and answers the same bytes."""
    key, wish = str(uuid.uuid4()), {"product_id": run.needs_a_product(), "quantity": 1}
    first = run.client.post("reserve", wish, once=key)
    run.will_cancel_reservation(first.expect(201)["reservation_id"])
    again = run.client.post("reserve", wish, once=key)
    if again.status == 201 and again.json() != first.json():
        run.will_cancel_reservation(again.json()["reservation_id"])
    need((again.status, again.body) == (201, first.body), "the repetition got another answer")
    told = again.headers.get("idempotent-replayed")
    need(told == "true", "the repetition lacks Idempotent-Replayed: true")
    return ""


def repeated_with_another_body(run: Run) -> str:
    """Another body under the same Idempotency-Key: 422 idempotency_conflict."""
    key, wish = str(uuid.uuid4()), {"product_id": run.needs_a_product(), "quantity": 1}
    first = run.client.post("reserve", wish, once=key).expect(201)
    run.will_cancel_reservation(first["reservation_id"])
    other = run.client.post("reserve", {**wish, "quantity": 2}, once=key)
    if other.status == 201:
        run.will_cancel_reservation(other.json()["reservation_id"])
    other.refused(422, "idempotency_conflict")
    return ""


def expiry(run: Run) -> str:
    """A reservation lapses by itself: it shows as expired and cannot be activated."""
    probe = run.reserve()
    skew = datetime.fromisoformat(probe["created_at"]) - datetime.now(UTC)
    end = datetime.now(UTC) + skew + SHORT
    made = run.reserve(reservation_expires_at=end.isoformat())
    path = f"reservations/{made['reservation_id']}"
    run.client.sleep(SHORT.total_seconds())
    for _ in range(20):
        if run.client.get(path).expect(200)["status"] == "expired":
            break
        run.client.sleep(0.25)
    else:
        raise Fault(f"it was to end at {made['expires_at']} and is not expired")
    sale = {"customer_details": CUSTOMER, "payment_reference": run.name}
    late = run.client.post(f"{path}/activate", sale, may_lack=True)
    if late.code == "permission_denied":
        return "it lapsed; without orders:write nothing could be activated"
    late.refused(409, "reservation_expired")
    return ""
