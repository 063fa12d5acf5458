"""Run Gangway on this machine.

python -m config.serve run             start everything; Ctrl-C or SIGTERM stops it
python -m config.serve manage COMMAND  run a management command beside a running `run`
python -m config.serve reset           drop what `run` keeps: data, secrets, files
python -m config.serve secrets         print fresh secrets as lines of an .env file
"""

import os
import signal
import sys
from collections.abc import Callable

from config.embedded import CannotStart
from config.embedded.children import end_with_parent
from config.serve import own_secrets
from config.serve.options import chosen
from config.serve.reset import reset
from config.serve.run import manage, run


def main(arguments: list[str]) -> int:
    match arguments:
        case ["run"]:
            return attempt(lambda: run(chosen(os.environ), os.environ))
        case ["run", "--with-parent"]:
            # `make` may be killed where it cannot tell us.
            end_with_parent(signal.SIGTERM)
            return attempt(lambda: run(chosen(os.environ), os.environ))
        case ["manage", _, *_]:
            return attempt(lambda: manage(chosen(os.environ), os.environ, arguments[1:]))
        case ["reset"]:
            return attempt(lambda: reset(chosen(os.environ)))
        case ["secrets"]:
            return attempt(lambda: print(own_secrets.for_compose()))
    print(__doc__, file=sys.stderr)
    return 2


def attempt(command: Callable[[], None]) -> int:
    """1 and the reason where the operator has to change something first."""
    try:
        command()
    except CannotStart as reason:
        print(f"Gangway cannot run: {reason}", file=sys.stderr)
    except PermissionError as reason:
        print(
            f"Gangway cannot run: {reason}. If another account started it before, start it as"
            " that account or set GANGWAY_DATA to another folder.",
            file=sys.stderr,
        )
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
