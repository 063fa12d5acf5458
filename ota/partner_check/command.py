"""The command line of the self-test."""

import argparse
import os
import re
import sys
from urllib.parse import urlsplit

from . import (
    checks_holding,
    checks_premade,
    checks_reading,
    checks_refusals,
    checks_selling,
)
from .client import Client
from .report import report
from .run import Check, Run

DESCRIPTION = (
    "Walk the documented flows against a server with a test key, as a partner's program does, and "
    "undo what was made. Exit status 0: everything passed; 1: something failed; 2: not started."
)
TEST_KEY = re.compile(r"gw_test_\S+|ota_test_key_\w+")
KEY_VARIABLE = "GANGWAY_KEY"
CHECKS: tuple[Check, ...] = (
    checks_reading.inventory,
    checks_reading.calendar,
    checks_refusals.without_a_key,
    checks_refusals.without_permission,
    checks_refusals.not_there,
    checks_refusals.not_readable,
    checks_refusals.not_acceptable,
    checks_holding.reserve_and_cancel,
    checks_holding.repeated,
    checks_holding.repeated_with_another_body,
    checks_holding.expiry,
    checks_selling.reserve_and_activate,
    checks_selling.order_first,
    checks_selling.unsigned_payment,
    checks_premade.generate,
    checks_premade.sell_one,
    checks_premade.show_one,
    checks_premade.cancel_all,
    checks_premade.nobodys_ticket,
    checks_reading.a_batch_that_is_too_large,
    checks_reading.registry,
    checks_reading.billing,
    checks_reading.webhooks,
)


def parser(prog: str = "partner_check") -> argparse.ArgumentParser:
    """The arguments, for Django's command and for Python alone."""
    made = argparse.ArgumentParser(prog=prog, description=DESCRIPTION)
    add_arguments(made)
    return made


def add_arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("base_url", help="where the server is, as http://127.0.0.1:8000")
    made.add_argument(
        "key",
        nargs="?",
        default="",
        help=f"a test key; left out, it is read from {KEY_VARIABLE}, where no process list has it",
    )
    made.add_argument(
        "--allow-live",
        action="store_true",
        help="also with a key that is not for tests: sales are real until they are undone",
    )
    made.add_argument(
        "--rate-limit",
        action="store_true",
        help="also reach the rate limit; uses up your minute, and that of all your programs",
    )
    made.add_argument(
        "--time-limit",
        type=_seconds,
        default=120.0,
        metavar="SECONDS",
        help="end after this time (default 120), then clean up for at most 30 seconds",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("1 to 3600 seconds")
    return seconds


def main(arguments: list[str], prog: str = "partner_check") -> int:
    """Run it; returns the exit status."""
    return run(parser(prog).parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Make the checks and print the report."""
    key = options.key or os.environ.get(KEY_VARIABLE, "")
    if refusal := _refusal(options.base_url, key, allow_live=options.allow_live):
        print(f"partner_check: {refusal}", file=sys.stderr)
        return 2
    client = Client(options.base_url, key, seconds=options.time_limit)
    walked = Run(client)
    limit = checks_refusals.too_many if options.rate_limit else checks_refusals.the_limit_is_left
    try:
        walked.walk((*CHECKS, limit))
    except KeyboardInterrupt:
        print("\nStopped; what was made has been undone as far as it went.", file=sys.stderr)
    finally:
        client.close()
    print("\n".join(report(walked, base_url=options.base_url)))
    return 1 if walked.has_failed or not walked.is_complete else 0


def _refusal(base_url: str, key: str, *, allow_live: bool) -> str:
    """Why not to begin; "" where nothing is against it."""
    address = urlsplit(base_url)
    if address.scheme not in ("http", "https") or not address.netloc or "@" in address.netloc:
        return "base_url must be like http://127.0.0.1:8000, without user and password"
    if address.query or address.fragment:
        return "base_url must have no query and no fragment"
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        return f"give a key, or set {KEY_VARIABLE}"
    if not TEST_KEY.fullmatch(key) and not allow_live:
        return "this is no test key (gw_test_…); with --allow-live it is used all the same"
    return ""
