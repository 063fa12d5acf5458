"""Servers that are wrong: for programs that have to notice it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.flows.over_http import anew
from tests.openapi import Answer


class Asked(NamedTuple):
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[Asked], Answer]


@dataclass
class Server:
    """Its address, and all it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def answering(reply: Reply) -> Iterator[Server]:
    """A server on this machine that answers every request so."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            server.asked.append(asked)
            self.send(reply(asked))

        do_GET = do_POST = do_DELETE = answer  # noqa: N815  so the library names them

        def send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name not in ("content-length", "date", "server", "connection"):
                    self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked has given up
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server = Server(f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def like(url: str, alter: Callable[[Asked, Answer], Answer]) -> Reply:
    """The answers of another server, altered."""
    send = anew(url)

    def reply(asked: Asked) -> Answer:
        sent = {
            name: value
            for name, value in asked.headers.items()
            if name not in ("host", "content-length", "accept-encoding", "connection")
        }
        return alter(asked, send(asked.method, asked.path, sent, asked.body))

    return reply


def empty(_: Asked) -> Answer:
    return Answer(200, {"content-type": "application/json"}, b"{}")


def page(_: Asked) -> Answer:
    return Answer(500, {"content-type": "text/html"}, b"<h1>Server Error</h1>")


def hang(_: Asked) -> Answer:
    time.sleep(3)
    return Answer(200, {}, b"")
