"""Two lanes through a web worker: whoever is quick does not wait for whoever takes long.

The threads of a worker share one interpreter, so requests enter one at a time and in the order
they came, which is as fast as a single thread and treats all alike. What may take a second has
a lane of its own, and the interpreter changes over between the two often.
"""

import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

# Bulk answers, the rest of a large batch, and the pages of the back office.
LONG = re.compile(r"/api/ota/tickets/bulk-generate|/api/ota/batches/[^/]+/cancel|/admin/.*")
TURN = 0.0005  # seconds until the interpreter is asked for; with 5 ms a quick request takes 50

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Lane:
    """A lock that is handed on in the order it was asked for: nobody overtakes."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def in_lanes(application: Application) -> Application:
    """The application, entered by one short and one long request at a time."""
    sys.setswitchinterval(TURN)
    short, long = Lane(), Lane()

    def enter(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with long if LONG.fullmatch(environ["PATH_INFO"]) else short:
            return application(environ, start_response)

    return enter
