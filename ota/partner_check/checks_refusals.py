"""What has to be refused, and how; and the limit."""

from concurrent.futures import ThreadPoolExecutor

from .answers import need
from .client import Client, Unreachable
from .faults import Fault, OutOfTime, Skipped
from .run import Run

NOBODYS_ID = "00000000-0000-4000-8000-000000000005"
KNOCKERS = 8


def without_a_key(run: Run) -> str:
    """Without a key: 401 missing_api_key; with a wrong one: 401 invalid_api_key."""
    run.client.get("inventory", key=None).refused(401, "missing_api_key")
    run.client.get("inventory", key="gw_test_nobodys_key").refused(401, "invalid_api_key")
    return ""


def without_permission(run: Run) -> str:
    """A key without the permission: 403 permission_denied."""
    asked = ("reservations", "orders", "tickets", "batches", "resellers", "billing/summary")
    for path in asked:
        answer = run.client.get(path, may_lack=True)
        if answer.status == 403:
            answer.refused(403, "permission_denied")
            return str(answer.json()["detail"])
    raise Skipped("this key lacks no permission to read")


def not_there(run: Run) -> str:
    """What is not yours or not there: 404 not_found, the same for both."""
    run.client.get(f"reservations/{NOBODYS_ID}").refused(404, "not_found")
    run.client.get("reservations/x").refused(404, "not_found")
    return ""


def not_readable(run: Run) -> str:
    """What cannot be read: 400 malformed_json; an unknown field: 400 validation_failed."""
    product = run.needs_a_product()
    run.client.post("reserve", b"{").refused(400, "malformed_json")
    wish = {"product_id": product, "quantity": 1, "colour": "red"}
    problem = run.client.post("reserve", wish).refused(400, "validation_failed")
    need([each["pointer"] for each in problem["errors"]] == ["/colour"], "the place is not named")
    return ""


def not_acceptable(run: Run) -> str:
    """What is not acceptable: 422 validation_failed, with its place."""
    wish = {"product_id": run.needs_a_product(), "quantity": 101}
    problem = run.client.post("reserve", wish).refused(422, "validation_failed")
    need([each["pointer"] for each in problem["errors"]] == ["/quantity"], "the place is not named")
    return ""


def too_many(run: Run) -> str:
    """Beyond the rate limit: 429 rate_limited, with the seconds to wait."""
    limit = int(run.client.get("inventory").headers.get("ratelimit-limit", 0))
    need(limit, "no RateLimit-Limit, so there is no limit to reach")
    knockers = [run.client.another() for _ in range(KNOCKERS)]
    with ThreadPoolExecutor(KNOCKERS) as pool:
        reached = list(pool.map(lambda one: _knock(one, 2 * limit // KNOCKERS), knockers))
    sent = sum(one.seen.total() for one in knockers)
    for one in knockers:
        run.client.also(one)
    if not any(reached):
        raise Skipped(f"{sent} calls did not reach {limit} a minute")
    return f"{limit} a minute"


def _knock(client: Client, most: int) -> bool:
    """Whether one of several callers met the limit."""
    try:
        for _ in range(most):
            answer = client.get("inventory", waits=False)
            if answer.status == 429:
                answer.refused(429, "rate_limited")
                return True
    except (Unreachable, OutOfTime) as reason:
        raise Fault(str(reason) or "the time limit ended it") from None
    finally:
        client.close()
    return False


def the_limit_is_left(run: Run) -> str:
    """Beyond the rate limit: 429 rate_limited, with the seconds to wait."""
    raise Skipped("it would use up your minute; ask for it with --rate-limit")
