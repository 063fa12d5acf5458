"""Pre-made tickets: a small batch from its making to its end."""

import uuid

from .answers import keys, need
from .checks_selling import picture, sale, same_tickets
from .faults import Skipped
from .run import NOBODYS_TICKET, Run

BATCH = 3


def generate(run: Run) -> str:
    """Generate a batch, repeat the request, find the batch and its tickets."""
    run.needs_undo()
    key, batch_id = str(uuid.uuid4()), run.name
    wish = {"product_id": run.needs_a_product(BATCH), "quantity": BATCH, "batch_id": batch_id}
    first = run.client.post("tickets/bulk-generate", wish, once=key)
    made = first.expect(201)
    run.will_cancel_batch(batch_id)
    keys(
        made, "batch_id", "product_id", "total_generated", "tickets", "pricing_snapshot",
        "expires_at", where="the batch",
    )  # fmt: skip
    need(len(made["tickets"]) == BATCH, f"{BATCH} asked for, {len(made['tickets'])} made")
    need({each["status"] for each in made["tickets"]} == {"PRE_GENERATED"}, "one is sold already")
    again = run.client.post("tickets/bulk-generate", wish, once=key)
    need(again.body == first.body, "the repetition got another answer")
    run.client.post("tickets/bulk-generate", wish).refused(409, "duplicate_batch")
    _find(run, batch_id, [each["ticket_code"] for each in made["tickets"]])
    run.premade = made["tickets"]
    return f"{BATCH} tickets"


def _find(run: Run, batch_id: str, codes: list[str]) -> None:
    shown = run.client.get(f"batches/{batch_id}").expect(200)
    need(shown["batch_id"] == batch_id, "another batch was answered")
    found, cursor = [], ""
    for _ in range(BATCH + 1):
        page = run.client.get(f"tickets?batch_id={batch_id}&limit=1{cursor}").expect(200)
        found += [each["ticket_code"] for each in page["tickets"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    need(sorted(found) == sorted(codes), "by cursor the list has other tickets than the batch")


def sell_one(run: Run) -> str:
    """Sell one of them, once: a second sale is 409 ticket_already_activated."""
    ticket = _first(run)
    path = f"tickets/{ticket['ticket_code']}/activate"
    sold = run.client.post(path, sale(run)).expect(200)
    need(sold["status"] == "ACTIVE", f"its status is {sold['status']}")
    run.client.post(path, sale(run)).refused(409, "ticket_already_activated")
    same_tickets(run, sold["order_id"], [ticket])
    told = run.client.get(f"batches/{run.name}/analytics").expect(200)
    need(told["tickets_activated"] == 1, f"{told['tickets_activated']} counted as activated")
    return f"sold for {sold['total_amount']} {sold['currency']}"


def show_one(run: Run) -> str:
    """Make QR codes for its holder: one for the gate, one as a link that never admits."""
    code = _first(run)["ticket_code"]
    at_gate = run.client.post(f"/qr/{code}", {"qr_type": "encrypted", "expiry_minutes": 1})
    shown = at_gate.expect(200)
    keys(shown, "qr_image", "expires_at", "valid_for_seconds", where="the QR code")
    need(picture(shown["qr_image"]).startswith(b"\x89PNG"), "qr_image is no PNG")
    link = run.client.post(f"/qr/{code}", {"qr_type": "url", "expiry_minutes": 1}).expect(200)
    need("/qr/verify?t=" in link["verify_url"], "verify_url leads elsewhere")
    info = run.client.get(f"/qr/{code}/info").expect(200)
    need(info["ticket_code"] == code, "the info is about another ticket")
    return ""


def cancel_all(run: Run) -> str:
    """Cancel the sold one, then the rest of the batch; the units are free again."""
    code = _first(run)["ticket_code"]
    for _ in range(2):
        gone = run.client.post(f"tickets/{code}/cancel").expect(200)
        need(gone["status"] == "CANCELLED", f"its status is {gone['status']}")
    rest = run.client.post(f"batches/{run.name}/cancel").expect(200)
    need(rest["cancelled"] in (BATCH - 1, BATCH), f"{rest['cancelled']} cancelled")
    return ""


def nobodys_ticket(run: Run) -> str:
    """A ticket that is not yours does not exist: 404 not_found."""
    run.client.post(f"tickets/{NOBODYS_TICKET}/activate", sale(run)).refused(404, "not_found")
    return ""


def _first(run: Run) -> dict[str, str]:
    if not run.premade:
        raise Skipped("no batch was generated")
    ticket: dict[str, str] = run.premade[0]
    return ticket
