"""Verify a notice of Gangway (Standard Webhooks 1.0). Python 3.9 or newer, nothing else.

As a program: verify.py SECRET < request.json prints the type of a good notice, or fails. The
file holds {"headers": {...}, "body": "..."}, as tests of ours write it.
"""

import base64
import hashlib
import hmac
import json
import sys
import time

TOLERANCE = 300  # seconds


def verify(body: bytes, headers: dict, secret: str) -> dict:
    """The notice, if it is genuine and not stale; raises ValueError otherwise.

    `body` are the raw bytes as they came: parsed and written anew they no longer match.
    """
    event_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > TOLERANCE:
        raise ValueError("too old, or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{stamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # While a secret is changed there are two signatures, one of them with yours.
    offered = headers["webhook-signature"].split(" ")
    if not any(hmac.compare_digest(expected, each.encode()) for each in offered):
        raise ValueError("wrong signature")
    return json.loads(body)


if __name__ == "__main__":
    request = json.load(sys.stdin)
    print(verify(request["body"].encode(), request["headers"], sys.argv[1])["type"])
