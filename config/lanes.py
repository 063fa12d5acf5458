"""Two lanes through a web worker: partners' calls in one, everybody else's in the other.

A call that waits, for a lock or for a long answer, keeps a thread. If all threads were everybody's,
two partners waiting for a pool of theirs would keep customers waiting who buy from another one.
The server's own threads only carry calls into their lane; they hold no database connection.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

THREADS = 2  # of each lane: while one makes a long answer, the other goes on
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def in_lanes(application: Application, threads: int = THREADS) -> Application:
    """The application, each call in a thread of its lane."""
    lanes = {of: ThreadPoolExecutor(threads, f"partners={of}") for of in (True, False)}

    def carried(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        return lanes[is_of_partners(environ)].submit(application, environ, start_response).result()

    return carried


def is_of_partners(environ: Environ) -> bool:
    """Whether a call is about what partners sell, as far as its head tells."""
    if environ["PATH_INFO"] == "/payments/notify":
        return environ.get("HTTP_X_PAYMENT_SOURCE") != "direct"
    return environ["PATH_INFO"].startswith("/api/ota/") or "HTTP_X_API_KEY" in environ
