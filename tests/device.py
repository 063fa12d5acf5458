"""A device at a gate: calls the API as scanners do and takes no answer the schema hides."""

import base64
import uuid
from dataclasses import dataclass, replace
from typing import Any

from tests import gate
from tests.openapi import Answer
from tests.partner_program import Program, Send, expect, in_process
from tests.qrcodes.test_images import read_by_zxing
from ticketing.models import Scanner, Venue


@dataclass(frozen=True)
class Device:
    """Calls with the key of one scanner; `key=None` sends none."""

    key: str | None
    row: Scanner | None = None
    send: Send = in_process

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        headers = {} if self.key is None else {"x-scanner-key": self.key}
        headers |= options.pop("headers", {})
        program = Program(None, send=self.send)
        return program.call(method, f"/venue/{path}", body, headers=headers, **options)

    def scan(
        self, qr: str, function_code: str = gate.BOARDING, scan_id: object = None, **more: Any
    ) -> Answer:
        wish = {"qr": qr, "function_code": function_code, "scan_id": str(scan_id or uuid.uuid4())}
        return self.call("POST", "scan", {**wish, **more})

    def inspect(self, qr: str) -> Answer:
        return self.call("POST", "inspect", {"qr": qr})

    def undo(self, scan_id: object) -> Answer:
        return self.call("POST", f"redemptions/{scan_id}/undo")

    def granted(self, qr: str, function_code: str = gate.BOARDING) -> dict[str, Any]:
        """A scan that expects success."""
        return expect(200, self.scan(qr, function_code))

    def over(self, send: Send) -> "Device":
        return replace(self, send=send)


def device(*functions: str, at: Venue | None = None) -> Device:
    """A device with a key of its own, at a venue of its own unless one is given."""
    row, key = gate.keyed_scanner(*functions, at=at)
    return Device(key, row)


def read_qr(image: str) -> str:
    """What a camera sees in a QR as the API shows it."""
    prefix, _, encoded = image.partition(",")
    assert prefix == "data:image/png;base64"
    ((text, _),) = read_by_zxing(base64.b64decode(encoded))
    return str(text)
