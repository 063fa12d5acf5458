"""What is read: the inventory, the registry, the bills."""

from .answers import Answer, keys, need
from .client import Unreachable
from .faults import Ended, Skipped
from .run import Run

LARGEST_BATCH = 5000


def inventory(run: Run) -> str:
    """The inventory tells what can be sold, at which prices."""
    shown = _first_answer(run).expect(200)
    keys(shown, "available_quantities", "pricing_context", where="the inventory")
    prices = shown["pricing_context"]
    keys(
        prices,
        "base_prices", "customer_types", "product_customer_types", "special_dates",
        "customer_discounts",
        where="pricing_context",
    )  # fmt: skip
    free = {int(product): units for product, units in shown["available_quantities"].items()}
    need(free, "the inventory is empty: no product to sell")
    run.product_id, run.available = max(free.items(), key=lambda each: min(each[1], 50))
    need(run.available, "every product is sold out, so nothing can be held or sold here")
    return f"{len(free)} products; trying with {run.product_id}, of which {run.available} are free"


def _first_answer(run: Run) -> Answer:
    """The inventory; ends the run where no other call could fare better."""
    try:
        answer = run.client.get("inventory", may_lack=True)
    except Unreachable as reason:
        raise Ended(f"no answer: {reason}; check the address, http or https, the network") from None
    if 300 <= answer.status < 400:
        there = answer.headers.get("location", "nowhere")
        raise Ended(f"{answer.told()}: it leads to {there}; give the address that is served there")
    if answer.status == 401:
        raise Ended(f"{answer.told()}: the key is mistyped, revoked, over, or of another server")
    if answer.code == "permission_denied":
        raise Ended(f"{answer.told()}: without inventory:read there is nothing to try with")
    if answer.status == 404:
        raise Ended(f"{answer.told()}: give the address alone, as http://127.0.0.1:8000")
    return answer


def calendar(run: Run) -> str:
    """With date_range the inventory has the finished price of every day."""
    product = run.needs_a_product()
    asked = f"inventory?product_ids={product}&date_range=2026-12-24,2026-12-27"
    days = run.client.get(asked).expect(200)["pricing_context"]["calendar"]
    need(len(days) == 4, f"4 days asked for, {len(days)} answered")
    need(all(str(product) in day for day in days.values()), "a day lacks the product")
    return ""


def registry(run: Run) -> str:
    """The list of resellers is paged."""
    shown = run.client.get("resellers?limit=2").expect(200)
    keys(shown, "resellers", "total_count", "page", "page_size", "next_cursor", where="the list")
    return f"{shown['total_count']} resellers"


def billing(run: Run) -> str:
    """The billing summary adds up."""
    shown = run.client.get("billing/summary").expect(200)
    keys(shown, "from", "to", "group_by", "currency", "totals", "rows", where="the summary")
    for amount in ("gross", "commission", "net"):
        together = round(sum(row[amount] for row in shown["rows"]), 2)
        need(together == round(shown["totals"][amount], 2), f"{amount}: rows and totals differ")
    run.client.get("billing/statements?limit=1").expect(200)
    return f"{len(shown['rows'])} rows"


def webhooks(run: Run) -> str:
    """The webhooks are listed, with their state."""
    shown = run.client.get("webhooks").expect(200)["webhooks"]
    for each in shown:
        keys(each, "id", "url", "events", "status", "failing_since", where="a webhook")
    return f"{len(shown)} registered"


def a_batch_that_is_too_large(run: Run) -> str:
    """More than there is: 409 insufficient_inventory, and nothing is held."""
    product = run.needs_a_product()
    if run.available >= LARGEST_BATCH:
        raise Skipped(f"{run.available} units are free, more than one call may ask for")
    batch_id = f"{run.name}-too-large"
    wish = {"product_id": product, "quantity": LARGEST_BATCH, "batch_id": batch_id}
    answer = run.client.post("tickets/bulk-generate", wish)
    if answer.status == 201:
        run.will_cancel_batch(batch_id)
    answer.refused(409, "insufficient_inventory")
    return ""
