"""What the schema shows of QR codes and of the gate: one ticket of product 106, at one pier."""

TICKET_CODE = "CRUISE-2026-FERRY-1795184107206-K7Q2M9XDBR4TVWZC"
SCAN_ID = "6f1c6b1e-2f0e-4f5e-9a51-0d9e6b1f0a11"
TICKET_QR = f"{TICKET_CODE}:1.1.4M7P2QX9T0VBJ6K3Z8HRW5YNDC"
REDEEMED_AT = "2026-12-24T09:30:12.402110+08:00"
PRODUCT = {"id": 106, "name": "Premium Plan"}

QR_REQUEST = {"qr_type": "encrypted", "expiry_minutes": 30}
QR = {
    "success": True,
    "qr_image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAVYAAAFWAQAAAAAa1Ig…",
    "qr_type": "encrypted",
    "ticket_code": TICKET_CODE,
    "expires_at": "2026-12-24T09:55:00+08:00",
    "valid_for_seconds": 1800,
    "note": "Show it at the gate: a scanner of the venue redeems it. It ends at expires_at; "
    "make a new one then.",
}
QR_INFO = {
    "ticket_code": TICKET_CODE,
    "ticket_type": "OTA",
    "status": "ACTIVE",
    "entitlements": [
        {"function_code": "FERRY_BOARDING", "remaining_uses": 1},
        {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
    ],
    "can_generate_qr": True,
    "product_info": PRODUCT,
}

SCAN_REQUEST = {"qr": TICKET_QR, "function_code": "FERRY_BOARDING", "scan_id": SCAN_ID}
ENTITLEMENTS_AFTER = [
    {"function_code": "FERRY_BOARDING", "remaining_uses": 0},
    {"function_code": "PLAYGROUND_TOKEN", "remaining_uses": 10},
]
GRANTED = {
    "result": "granted",
    "scan_id": SCAN_ID,
    "ticket_code": TICKET_CODE,
    "product": PRODUCT,
    "function_code": "FERRY_BOARDING",
    "remaining_uses": 0,
    "ticket_status": "ACTIVE",
    "entitlements": ENTITLEMENTS_AFTER,
    "redeemed_at": REDEEMED_AT,
}
INSPECT_REQUEST = {"qr": TICKET_QR}
REDEMPTION = {
    "function_code": "FERRY_BOARDING",
    "redeemed_at": REDEEMED_AT,
    "venue": "PIER-1",
    "scanner": "Gate A",
    "undone": False,
}
INSPECTED = {
    "ticket_code": TICKET_CODE,
    "product": PRODUCT,
    "ticket_status": "ACTIVE",
    "entitlements": ENTITLEMENTS_AFTER,
    "last_redemptions": [REDEMPTION],
}
UNDONE = {
    **INSPECTED,
    "entitlements": QR_INFO["entitlements"],
    "last_redemptions": [{**REDEMPTION, "undone": True}],
}
SCANNER = {
    "venue": {"code": "PIER-1", "name": "Pier 1, Central"},
    "scanner": "Gate A",
    "functions": ["FERRY_BOARDING", "PLAYGROUND_TOKEN"],
}

VERIFY_PAGE = '<!doctype html>\n<html lang="zh-Hans">…'
