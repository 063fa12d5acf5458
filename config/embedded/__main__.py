"""`python -m config.embedded [--durable] COMMAND …`: run a command beside throwaway servers."""

import os
import signal
import subprocess
import sys

from config.embedded import CannotStart, throwaway


def main(arguments: list[str]) -> int:
    """Run the command with DATABASE_URL and REDIS_URL set; exit as it exits."""
    durable = arguments[:1] == ["--durable"]
    command = arguments[durable:]
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with throwaway.servers(durable=durable) as urls:
            return subprocess.run(command, env={**os.environ, **urls}, check=False).returncode
    except CannotStart as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
