"""The tickets of a bulk answer, written the way they are sent."""

import json
from collections.abc import Sequence
from typing import Any

from config.api.rendering import Encoded
from qrcodes import drawing, tokens
from ticketing.models import Batch, Ticket


def batch_tickets(batch: Batch, codes: Sequence[str], known: dict[str, Any] | None) -> Encoded:
    """A list with a row for each code; what is `known` of the reseller stands in every row.

    As text, since thousands of rows as values would be held three times before they are sent.
    """
    common = {"status": Ticket.Status.PRE_GENERATED, "entitlements": batch.entitlements}
    if known:
        common["reseller_metadata"] = known
    after = '",' + json.dumps(common, separators=(",", ":"))[1:]
    between = f'{after},{{"ticket_code":"'
    parts = [
        (f'{between}{code}","qr_code":"', tokens.ticket_qr(code, 1, batch.qr_kid)) for code in codes
    ]
    rows = drawing.illustrated(parts).removeprefix(after.encode() + b",")
    return Encoded(b"[" + rows + after.encode() + b"]")
