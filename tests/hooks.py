"""Partners' webhooks in tests, made through the doors, and receivers of every temper."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import transaction
from standardwebhooks.webhooks import Webhook

from ota.models import Delivery, Event, WebhookEndpoint
from ota.webhooks import endpoints, sending, signing
from resellers.models import Partner
from tests import make

OWN = [event for event in Event.values if not event.startswith("inventory.")]


@transaction.atomic
def endpoint(
    of: Partner | None = None, url: str = "", events: Sequence[str] = ()
) -> WebhookEndpoint:
    """An endpoint told of what its partner's sales do; a partner may have any number of these."""
    at = make.now()
    made = WebhookEndpoint.objects.create(
        partner=of or make.partner(),
        url=url or f"https://partner.example.com/hooks/{next(make.NUMBERS)}",
        events=sorted(events or OWN),
        listens_since=at,
        created_at=at,
    )
    signing.add_secret(made, at=at)
    return made


@transaction.atomic
def waiting(at_endpoint: WebhookEndpoint, subject: str = "") -> Delivery:
    """A test notice that waits to be sent, about a subject where one is given."""
    made = endpoints.test(partner=at_endpoint.partner, endpoint_id=at_endpoint.pk, at=make.now())
    if subject:
        made.subject = subject
        made.save()
    return made


@transaction.atomic
def delivered(of: Partner | None = None) -> Delivery:
    """A notice that has arrived."""
    made = waiting(endpoint(of))
    made.state, made.next_attempt_at = Delivery.State.DELIVERED, None
    made.delivered_at = made.created_at
    made.save()
    return made


def drain(at_endpoint: WebhookEndpoint) -> int:
    """Send to one endpoint all that is due."""
    return sending.drain(at_endpoint.pk, at=make.now)


def secret_of(at_endpoint: WebhookEndpoint) -> str:
    """The newest secret of an endpoint."""
    newest = at_endpoint.secrets.first()
    assert newest is not None
    return signing.opened(newest)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """What the published library says of it; raises if the signature is wrong."""
        return Webhook(secret).verify(self.body, self.headers)


Temper = Callable[[BaseHTTPRequestHandler], None]


def answering(status: int, **headers: str) -> Temper:
    """Answers every request so."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def hanging(seconds: float) -> Temper:
    """Takes the request and says nothing for a while."""
    return lambda _: time.sleep(seconds)


def dripping(every: float, byte: bytes = b"x") -> Temper:
    """Begins an answer whose first header never ends."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        try:
            while True:
                handler.wfile.write(byte)
                handler.wfile.flush()
                time.sleep(every)
        except OSError:
            return  # nobody listens any more

    return drip


@dataclass
class Receiver:
    """A partner's server on loopback: what it got, and how it answers."""

    url: str
    temper: Temper = field(default_factory=lambda: answering(204))
    got: list[Received] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [each.event_id for each in self.got]


@contextmanager
def receiver(temper: Temper | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that lives while the block does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            here.got.append(Received(headers, body))
            here.temper(self)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up may
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    here = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hooks")
    here.temper = temper or here.temper
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@transaction.atomic
def turn(known: WebhookEndpoint, status: str) -> None:
    """The partner turns it off or on."""
    endpoints.amend(partner=known.partner, endpoint_id=known.pk, status=status, at=make.now())


@transaction.atomic
def again(known: Delivery) -> None:
    """The partner asks for a notice once more."""
    endpoints.replay(partner=known.endpoint.partner, delivery_id=known.delivery_id, at=make.now())
