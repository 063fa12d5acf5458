"""That a run is what it claims to be: the same calls, everything on, nothing lost, no drift."""

import json
import time

from benchmarks import calls
from benchmarks.figures import Shot
from benchmarks.load import Invalid
from benchmarks.stage import Stage

OF_THE_MOMENT = {"reservation_id", "reserved_until", "expires_at", "created_at"}


def same_answers(stage: Stage) -> None:
    """Product and control give the same answers: what is compared is the same call."""
    sides = (stage.product, stage.control)
    key = stage.keys.read_text().split()[0]
    inventory, twin = (json.loads(calls.get(f"{side}/api/ota/inventory", key)) for side in sides)
    if inventory != twin:
        raise Invalid(f"The control answers otherwise: {twin} instead of {inventory}")
    wish = {"product_id": 106, "quantity": 2}
    held, twin = (
        json.loads(calls.post(f"{side}/api/ota/reserve", key, wish, once=side)) for side in sides
    )
    if held.keys() != twin.keys() or any(held[k] != twin[k] for k in held.keys() - OF_THE_MOMENT):
        raise Invalid(f"The control answers otherwise: {twin} instead of {held}")


def everything_was_on(stage: Stage, shots: list[Shot]) -> dict[str, int]:
    """Each reservation has its first answer kept, each call of the product its line in the log."""
    ours = [shot.load for shot in shots if shot.side == "product"]
    found = {
        "calls answered": sum(load.requests for load in ours),
        "calls logged": _logged(stage),
        "reservations": stage.count("SELECT count(*) FROM ticketing_reservation"),
        "answers kept": stage.count("SELECT count(*) FROM ota_idempotencyrecord"),
    }
    if found["calls logged"] < found["calls answered"]:
        raise Invalid(f"Calls are missing in the log: {found}")
    if found["reservations"] != found["answers kept"]:
        raise Invalid(f"First answers are missing: {found}")
    return found


def _logged(stage: Stage, patience: float = 30) -> int:
    deadline = time.monotonic() + patience
    while stage.waiting_calls():
        if time.monotonic() > deadline:
            raise Invalid("The log of calls is not emptied into its table.")
        time.sleep(0.2)
    return stage.count("SELECT count(*) FROM ota_apicall")


def no_drift(stage: Stage) -> str:
    """What reconcile says; it fails loudly when anything differs."""
    return stage.manage("reconcile").strip()
