"""That a run is what it claims to be: the same calls, everything on, nothing lost, no drift."""

import json
import time
import urllib.request
import uuid
from typing import Any

from benchmarks import figures
from benchmarks.figures import Shot
from benchmarks.load import Invalid
from benchmarks.stage import Stage

OF_THE_MOMENT = {"reservation_id", "reserved_until", "expires_at", "created_at", "redeemed_at"}


def same_answers(stage: Stage) -> None:
    """Product and control give the same answers: what is compared is the same call."""
    sides = (stage.product, stage.control)
    inventory, twin = (_answer(stage, f"{side}/api/ota/inventory") for side in sides)
    if inventory != twin:
        raise Invalid(f"The control answers otherwise: {twin} instead of {inventory}")
    wish = {"product_id": 106, "quantity": 2}
    _expect_same(*(_answer(stage, f"{side}/api/ota/reserve", wish) for side in sides))
    qr = (stage.files / "qrs").read_text().split()[0]
    scan = {"qr": qr, "function_code": "FERRY_BOARDING", "scan_id": str(uuid.uuid4())}
    _expect_same(*(_answer(stage, f"{side}/venue/scan", scan) for side in sides))


def _expect_same(ours: dict[str, Any], twin: dict[str, Any]) -> None:
    if ours.keys() != twin.keys() or any(ours[k] != twin[k] for k in ours.keys() - OF_THE_MOMENT):
        raise Invalid(f"The control answers otherwise: {twin} instead of {ours}")


def _answer(stage: Stage, url: str, wish: dict[str, Any] | None = None) -> dict[str, Any]:
    scanner = (stage.files / "scanners").read_text().split()[0]
    headers = {"x-api-key": stage.api_keys[0], "x-scanner-key": scanner}
    body = json.dumps(wish).encode() if wish else None
    if body:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": url}
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))


def everything_was_on(stage: Stage, shots: list[Shot]) -> dict[str, int]:
    """Each reservation has its first answer kept, each call of a partner its line in the log."""
    ours = [shot.load for shot in shots if shot.side == "product" and shot.call != "scan"]
    found = {
        "calls answered": sum(load.requests for load in ours),
        "calls logged": _logged(stage),
        "reservations": stage.count(figures.RESERVATIONS),
        "answers kept": stage.count("SELECT count(*) FROM ota_idempotencyrecord"),
        "scans granted": stage.count(figures.SCANS),
        "uses taken": stage.count("SELECT count(*) FROM ticketing_redemption WHERE change = -1"),
    }
    if found["calls logged"] < found["calls answered"]:
        raise Invalid(f"Calls are missing in the log: {found}")
    if found["reservations"] != found["answers kept"]:
        raise Invalid(f"First answers are missing: {found}")
    if found["scans granted"] != found["uses taken"]:
        raise Invalid(f"Uses are missing: {found}")
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
