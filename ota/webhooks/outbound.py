"""One POST to an address somebody else chose: nothing internal is reached, and it ends in time.

The name is resolved once, every address it stands for must be a public one, and the connection
goes to exactly such an address: a name that means something else a moment later changes nothing.
No redirect is followed, no proxy of the environment is asked, no body of an answer is kept.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

TIMEOUT_SECONDS = 10.0  # for all of it: name, connection, request, answer
HTTPS_PORTS = (443, 8443)
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
MOST_ADDRESSES = 4
MOST_READ = 64 * 1024  # bytes: status and headers of an answer, interim answers before it
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[::1\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
    r"(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?",
    re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# What is_global leaves to judgement: relays and translations to addresses it cannot see.
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "168.63.129.16/32",  # what every machine at Azure asks about itself
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # not ::ffff:0:0/96, not 64:ff9b::/96


class Unsent(Exception):
    """No answer came; `error` says why in a word that the log of deliveries shows."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads, in its parts."""

    is_https: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """As the Host header says it."""
        usual = 443 if self.is_https else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, and the seconds its Retry-After asks for."""

    status: int
    retry_after: float | None = None


def normal(url: str) -> str:
    """The URL with its scheme and name in lower case, which mean the same."""
    scheme, separator, rest = url.partition("://")
    name = re.split("[/?]", rest, maxsplit=1)[0]
    return scheme.lower() + separator + name.lower() + rest[len(name) :]


def target_of(url: str) -> Target | None:
    """Where a URL leads; None where notices are not sent.

    Sent to are https on port 443 or 8443 of a name that has a dot; in the demo loopback too.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return None
    is_https, host = match["scheme"] == "https", match["host"]
    port = int(match["port"] or (443 if is_https else 80))
    path = (match["path"] or "/") + (match["query"] or "")
    if host in LOOPBACK_NAMES:
        is_fine = settings.DEMO and port <= 65535
    else:
        is_fine = is_https and port in HTTPS_PORTS and _is_name(host)
    return Target(is_https, host, port, path) if is_fine else None


def _is_name(host: str) -> bool:
    """A name with a dot, which no program takes for a number."""
    labels = host.split(".")
    return (
        len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1][0].isdigit()
        and labels[-1] not in ("localhost", "local", "internal")
    )


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, in the order the system prefers them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    target: Target, body: bytes, headers: Mapping[str, str], *, resolve: Resolve = resolve
) -> Answer:
    """Send it and return the answer's status; raises Unsent within ten seconds."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    try:
        addresses = _public(target, _resolved(target, resolve, deadline))
        link = _Link(target, addresses, deadline)
        try:
            return _exchanged(link, target, body, headers)
        finally:
            link.close()
    except TimeoutError:
        raise Unsent("timeout") from None
    except ssl.SSLError:
        raise Unsent("tls") from None
    except http.client.HTTPException:
        raise Unsent("no_http") from None
    except OSError:
        raise Unsent("no_connection") from None


def _exchanged(link: "_Link", target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    link.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    own = {"Host": target.named, "Content-Length": str(len(body)), "Connection": "close"}
    for name, value in {**own, **headers}.items():
        link.putheader(name, value)
    link.endheaders(body)
    response = link.getresponse()
    return Answer(response.status, _seconds(response.getheader("Retry-After")))


def _resolved(target: Target, resolve: Resolve, deadline: float) -> Sequence[str]:
    """Resolving cannot be interrupted, so a thread of its own does it and may be left behind."""
    found: list[Sequence[str]] = []

    def ask() -> None:
        try:
            found.append(resolve(target.host.strip("[]"), target.port))
        except (OSError, UnicodeError):
            found.append(())

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_left(deadline))
    if not found:
        raise Unsent("timeout")
    if not found[0]:
        raise Unsent("unknown_host")
    return found[0]


def _public(target: Target, addresses: Sequence[str]) -> Sequence[str]:
    """The addresses, if all of them may be connected to; one that lies spoils the rest."""
    known = [_address(text) for text in addresses]
    if target.host in LOOPBACK_NAMES:
        is_fine = settings.DEMO and all(each and each.is_loopback for each in known)
    else:
        is_fine = target.is_https and all(each and is_public(each) for each in known)
    if not is_fine:
        raise Unsent("address_not_allowed")
    return addresses[:MOST_ADDRESSES]


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:  # such as fe80::1%eth0
        return None


def is_public(address: Address) -> bool:
    """Whether it is an address of the internet, and of nothing that hides behind it."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


class _Link(http.client.HTTPConnection):
    """A connection to one of these addresses, whatever its name means by now."""

    def __init__(self, target: Target, addresses: Sequence[str], deadline: float) -> None:
        super().__init__(target.host, target.port)
        self._target, self._addresses, self._deadline = target, addresses, deadline

    def connect(self) -> None:
        plain = self._connected()
        if not self._target.is_https:
            self.sock: Any = _Timed(plain, self._deadline)
            return
        try:
            plain.settimeout(_left(self._deadline))
            tls = _tls().wrap_socket(plain, server_hostname=self._target.host.strip("[]"))
        except BaseException:
            plain.close()
            raise
        self.sock = _Timed(tls, self._deadline)

    def _connected(self) -> socket.socket:
        failure: OSError = ConnectionError("there is no address")
        for address in self._addresses:
            try:
                return socket.create_connection(
                    (address, self._target.port), timeout=_left(self._deadline)
                )
            except OSError as error:
                failure = error
        raise failure


class _Timed:
    """What http.client wants of a socket, with one deadline over all that is sent and read.

    A time limit of the socket alone would begin anew with every byte that drips in.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(_left(self.deadline))
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        self.sock.close()


class _Reader(io.RawIOBase):
    """Reads until the deadline, and no more than the head of an answer can need."""

    def __init__(self, timed: _Timed) -> None:
        self.timed, self.left = timed, MOST_READ

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.timed.sock.settimeout(_left(self.timed.deadline))
        if self.left <= 0:  # interim answers without end would keep a processor busy
            raise http.client.HTTPException
        got = self.timed.sock.recv_into(buffer)
        self.left -= got
        return got


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _seconds(header: str | None) -> float | None:
    """What Retry-After asks for: seconds, or a date; None for anything else."""
    text = (header or "").strip()[:64]
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - timezone.now()).total_seconds())
    except (TypeError, ValueError, OverflowError):  # no date, or one without a time zone
        return None
