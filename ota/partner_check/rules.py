"""What holds for every answer, whatever was asked."""

import re
from collections.abc import Iterator

from .answers import Answer
from .faults import Fault

REQUEST_ID = "Every answer carries an X-Request-Id"
LIMITS = "Every answer to a key tells the rate limit (RateLimit-*)"
PROBLEMS = "Every error is problem+json with a stable code (RFC 9457)"
CREDENTIALS = "401 says which credentials (WWW-Authenticate)"
PAUSES = "429 and 503 say how long to wait (Retry-After)"
NO_500 = "No answer is a server error"
ALL = (REQUEST_ID, LIMITS, PROBLEMS, CREDENTIALS, PAUSES, NO_500)

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
MEMBERS = ("type", "title", "status", "detail", "instance", "code", "request_id")


def broken_rules(answer: Answer, *, counted: bool) -> Iterator[tuple[str, str]]:
    """Each rule that speaks of this answer, and how it was broken; "" where it was kept."""
    headers, name = answer.headers, f"{answer.asked} ({answer.status})"
    has_id = ID.fullmatch(headers.get("x-request-id", ""))
    yield REQUEST_ID, "" if has_id else f"{name} has none"
    if counted and answer.status != 401:
        yield LIMITS, _missing_limits(answer, name)
    if answer.status >= 400:
        yield PROBLEMS, _not_a_problem(answer, name)
        yield NO_500, f"{name}" if answer.status == 500 else ""
    if answer.status == 401:
        yield CREDENTIALS, "" if headers.get("www-authenticate") else f"{name} has none"
    if answer.status in (429, 503):
        pause = headers.get("retry-after", "")
        yield PAUSES, "" if pause.isdecimal() else f"{name}: {pause or 'none'}"


def _missing_limits(answer: Answer, name: str) -> str:
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    missing = [each for each in names if not answer.headers.get(each, "").isdecimal()]
    return f"{name} lacks {', '.join(missing)}" if missing else ""


def _not_a_problem(answer: Answer, name: str) -> str:
    if not answer.is_problem:
        return f"{name} is {answer.headers.get('content-type', 'without a type')}"
    try:
        told = answer.json()
    except Fault:
        return f"{name} is no JSON"
    if not isinstance(told, dict):
        return f"{name} is no JSON object"
    if missing := [each for each in MEMBERS if each not in told]:
        return f"{name} lacks {', '.join(missing)}"
    if told["status"] != answer.status:
        return f"{name} says status {told['status']}"
    if told["request_id"] != answer.headers.get("x-request-id"):
        return f"{name} names another request id than its header"
    return (
        "" if str(told["type"]).endswith(f"/{told['code']}") else f"{name}: type without its code"
    )
