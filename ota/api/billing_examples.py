"""What partners are shown of settlement in the schema: one month of one reseller."""

from typing import Any

STATEMENT_ID = "5d0f3f1c-8a57-4f0e-9a0e-2f5a3f6f0c11"
FIGURES = {
    "tickets_generated": 100,
    "tickets_activated": 3,
    "tickets_used": 1,
    "tickets_cancelled": 1,
    "gross": 576,
    "commission": 57.6,
    "net": 518.4,
}
NONE: dict[str, Any] = dict.fromkeys(FIGURES, 0)
HARBOUR = {"reseller_id": 7, "reseller_code": "HARBOUR", "reseller_name": "Harbour Tours"}
DIRECT = {"reseller_id": None, "reseller_code": "direct", "reseller_name": "Direct"}
SUMMARY = {
    "from": "2026-10-01",
    "to": "2026-10-31",
    "group_by": "reseller",
    "currency": "HKD",
    "other_currencies": [],
    "totals": FIGURES,
    "rows": [{**DIRECT, **NONE}, {**HARBOUR, **FIGURES}],
}
STATEMENT = {
    "statement_id": STATEMENT_ID,
    "number": 1,
    **HARBOUR,
    "settlement_cycle": "monthly",
    "period_start": "2026-10-01",
    "period_end": "2026-10-31",
    "currency": "HKD",
    "lines_count": 2,
    "activations": 2,
    "reversals": 0,
    "adjustments": 0,
    "adjustments_net": 0,
    "gross": 576,
    "commission": 57.6,
    "net": 518.4,
    "checksum": "7b0c8b3a35a9a7c1cf5b6c8fd2c8f6b9a3f1f1e9a9f6a1b0e4a5d7c3b2a19080",
    "status": "ISSUED",
    "created_at": "2026-11-01T00:17:00.104310+08:00",
}
LINE = {
    "position": 1,
    "entry_id": 1041,
    "kind": "activation",
    "adjustment": False,
    "ticket_code": "CRUISE-2026-FERRY-1795184107206-3D8Z0XQ5W9RNB6KT",
    "order_id": "ORD-1795183242077-44PM756G",
    "gross": 288,
    "commission_rate": 0.1,
    "commission": 28.8,
    "net": 259.2,
    "currency": "HKD",
    "at": "2026-10-12T10:15:07.206417+08:00",
    "batch_id": "HARBOUR-Q4",
    "product_id": 106,
}
LIST = {
    "statements": [STATEMENT],
    "total_count": 1,
    "page": 1,
    "page_size": 100,
    "next_cursor": None,
}
CSV = (
    '"position","entry_id","kind","adjustment","ticket_code","order_id","gross","commission_rate",'
    '"commission","net","currency","at","batch_id","product_id"\r\n'
    '1,1041,"activation","false","CRUISE-2026-FERRY-1795184107206-3D8Z0XQ5W9RNB6KT",'
    '"ORD-1795183242077-44PM756G",288.00,0.1000,28.80,259.20,"HKD",'
    '"2026-10-12T10:15:07.206417+08:00","HARBOUR-Q4",106\r\n'
)
DETAILS = {**STATEMENT, "notes": [], "lines": [LINE], "page": 1, "page_size": 100}
