"""Nothing internal is reached: addresses that are none of the internet's, and names that lie."""

import contextlib
import datetime as dt
import ipaddress
import resource
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ota.webhooks import outbound
from ota.webhooks.outbound import Unsent, target_of
from tests import hooks

PUBLIC = ["8.8.8.8", "1.1.1.1", "203.0.114.1", "2606:4700::1111", "2a00:1450:4001::1"]
INTERNAL = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001::1", "2001:0:53aa:64c::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fec0::1", "ff02::1", "100::1", "5f00::1", "0.1.2.3", "100.100.100.200", "192.0.0.192",
    "168.63.129.16", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::c0a8:101",
    "fd20:ce::254", "fe80::a9fe:a9fe", "2001:10::1", "2001:20::1",
]  # fmt: skip
URLS = [
    "https://partner.example.com", "https://partner.example.com/", "https://a-b.example.co/h?x=1&y",
    "https://partner.example.com:8443/hooks", "https://xn--fiqs8s.example.com/%E4%B8%AD",
]  # fmt: skip
NO_URLS = [
    "", "x", "http://partner.example.com/", "ftp://partner.example.com", "file:///etc/passwd",
    "gopher://partner.example.com", "https://", "https:///x", "https://partner.example.com:80/",
    "https://partner.example.com:22/", "https://partner.example.com:99999/",
    "https://user@partner.example.com/", "https://user:secret@partner.example.com/",
    "https://partner.example.com@127.0.0.1/", "https://partner.example.com#@127.0.0.1/",
    "https://partner.example.com\\@127.0.0.1/", "https://partner.example.com/\r\nX: y",
    "https://partner.example.com/ x", "https://127.0.0.1/", "https://8.8.8.8/", "https://127.1/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://localhost/",
    "https://db.internal/", "https://printer.local/", "https://x.localhost/", "https://valkey/",
    "https://example..com/", "https://-a.example.com/", "https://example.com./", "https://１.example.com",
    "https://例え.example.com/", "https://partner.example.com:/", "//partner.example.com/",
    "https://partner.example.com/#x", "https://127.0.0.1.nip.io.0x7f/", "javascript:alert(1)",
    "https://169.254.169.254/latest/meta-data/", "https://metadata.google.internal/", "https://0/",
    "https://0.0.0.0/", "https://017700000001/", "https://0x7f.1/", "https://127。0。0。1/",
    "https://①②⑦.⓪.⓪.①/", "https://[::]/", "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2606:4700::1111]/", "https://partner.example.com%2f@x/",
    "https://partner%2eexample.com/", "https://partner.example.com\t/", "https://@partner.example.com/",
    "https://partner.example.com:0443/", "https://partner.example.com:+443/",
    "https://partner.example.com:443:80/", "https://partner.exa\u00admple.com/",
    "https://partner\u3002example.com/", "https:partner.example.com/",
    "https:/partner.example.com/",
    " https://partner.example.com/", "https://partner.example.com/\n",
    "https://partner_x.example.com/",
]  # fmt: skip


def answers(*addresses: str) -> outbound.Resolve:
    return lambda *_: list(addresses)


def sent_to(url: str, resolve: outbound.Resolve) -> str:
    """How sending ends: a status, or why there is none."""
    target = target_of(url)
    assert target is not None, url
    try:
        return str(outbound.post(target, b"{}", {}, resolve=resolve).status)
    except Unsent as failure:
        return failure.error


@pytest.mark.parametrize("text", PUBLIC)
def test_addresses_of_the_internet_are_public(text: str) -> None:
    assert outbound.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", INTERNAL)
def test_no_other_address_is_or_is_connected_to(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not outbound.is_public(ipaddress.ip_address(text))
    monkeypatch.setattr(socket, "create_connection", nobody_is_called)
    url = "https://partner.example.com/"
    assert sent_to(url, answers(text)) == "address_not_allowed"
    assert sent_to(url, answers("8.8.8.8", text)) == "address_not_allowed"
    assert sent_to(url, answers(f"{text}%eth0")) == "address_not_allowed"


def nobody_is_called(*address: Any, **_: Any) -> None:
    raise AssertionError(f"{address} was called")


@pytest.mark.parametrize("url", URLS)
def test_an_https_url_of_a_name_leads_somewhere(url: str) -> None:
    target = target_of(url)
    assert target is not None
    assert (target.is_https, target.port in (443, 8443)) == (True, True)


@pytest.mark.parametrize("url", NO_URLS)
def test_no_other_url_does(url: str) -> None:
    assert target_of(url) is None
    assert target_of(outbound.normal(url)) is None


def test_the_demo_sends_to_this_machine_and_to_nothing_else_inside(settings: Any) -> None:
    settings.DEMO = True
    assert target_of("http://127.0.0.1:9000/hooks") is not None
    assert target_of("http://localhost:9000/hooks") is not None
    assert target_of("http://partner.example.com/hooks") is None
    assert target_of("http://10.0.0.1/hooks") is None
    assert sent_to("http://localhost:9000/hooks", answers("10.0.0.1")) == "address_not_allowed"
    url = "https://partner.example.com/"
    assert sent_to(url, answers("127.0.0.1")) == "address_not_allowed"


def test_upper_case_is_no_disguise() -> None:
    assert outbound.normal("HTTPS://Partner.Example.COM/Hooks?A=B") == (
        "https://partner.example.com/Hooks?A=B"
    )


def test_a_name_that_means_something_else_a_moment_later_changes_nothing(settings: Any) -> None:
    """It is asked once; the connection goes to the address that was looked at."""
    settings.DEMO = True
    asked: list[tuple[str, int]] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with hooks.receiver() as got:
        port = int(got.url.split(":")[2].split("/")[0])
        assert sent_to(f"http://localhost:{port}/hooks", rebinding) == "204"
        assert asked == [("localhost", port)]
        assert got.got[0].headers["host"] == f"localhost:{port}"


def test_a_proxy_of_the_environment_is_not_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with hooks.receiver() as got:
        assert sent_to(got.url, outbound.resolve) == "204"


def test_a_redirect_is_not_followed(settings: Any) -> None:
    settings.DEMO = True
    with hooks.receiver() as inside, hooks.receiver() as got:
        got.temper = hooks.answering(307, Location=inside.url)
        assert sent_to(got.url, outbound.resolve) == "307"
        assert (len(got.got), inside.got) == (1, [])


def test_a_name_that_nobody_knows_and_one_whose_server_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.3)

    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "unknown")

    def hangs(host: str, port: int) -> Sequence[str]:
        time.sleep(2)
        return ["8.8.8.8"]

    assert sent_to("https://partner.example.com/", unknown) == "unknown_host"
    assert sent_to("https://partner.example.com/", hangs) == "timeout"


def without_end(start: bytes, again: bytes) -> hooks.Temper:
    """Says so much, as fast as it can, until nobody listens any more."""

    def send(handler: Any) -> None:
        try:
            handler.wfile.write(start)
            while True:
                handler.wfile.write(again)
        except OSError:
            return

    return send


OK = b"HTTP/1.1 200 OK\r\n"
BOMB = zlib.compress(b"0" * 10_000_000, wbits=31)


@pytest.mark.parametrize(
    ("temper", "expected"),
    [
        (without_end(OK + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536), "200"),
        (without_end(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "200"),
        (without_end(OK + b"Content-Encoding: gzip\r\n\r\n", BOMB), "200"),
        (without_end(OK, b"X: y\r\n"), "no_http"),
        (without_end(OK, b"X: " + b"y" * 60_000 + b"\r\n"), "no_http"),
        (without_end(OK + b"X: ", b"y" * 1000), "no_http"),
        (without_end(b"HTTP/1.1 200 ", b"y" * 1000), "no_http"),
        (without_end(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "no_http"),
        (without_end(b"", b"HTTP/1.1 100 Continue\r\n" + b"X: y\r\n" * 50 + b"\r\n"), "no_http"),
        (without_end(b"", b"\x00" * 1000), "no_http"),
    ],
    ids=["body", "chunks", "gzip bomb", "headers", "long headers", "one header", "status line",
         "interim answers", "interim answers with headers", "zeros"],
)  # fmt: skip
def test_an_answer_without_end_is_not_read(
    settings: Any, temper: hooks.Temper, expected: str
) -> None:
    settings.DEMO = True
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with hooks.receiver(temper) as got:
        began = time.monotonic()
        assert sent_to(got.url, outbound.resolve) == expected
        assert time.monotonic() - began < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


def test_a_body_that_drips_is_not_waited_for(settings: Any) -> None:
    settings.DEMO = True

    def drips(handler: Any) -> None:
        handler.wfile.write(OK + b"Content-Length: 100000\r\n\r\n")
        hooks.dripping(0.05)(handler)

    with hooks.receiver(drips) as got:
        began = time.monotonic()
        assert sent_to(got.url, outbound.resolve) == "200"
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 0), ("-1", None), ("soon", None), ("1e9", None), ("", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("9" * 400, 999_999_999)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert outbound._seconds(header) == seconds


# --- TLS ---------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[Path]:
    """A certificate for localhost that this process trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(pem) + private)
    outbound._tls.cache_clear()
    yield file
    outbound._tls.cache_clear()


def test_a_certificate_must_be_trusted_and_name_the_host(
    settings: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with hooks.receiver(tls=context) as got:
        by_name = got.url.replace("http:", "https:").replace("127.0.0.1", "localhost")
        assert sent_to(by_name, answers("127.0.0.1")) == "tls"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        outbound._tls.cache_clear()
        assert sent_to(by_name, answers("127.0.0.1")) == "204"
        by_address = by_name.replace("localhost", "127.0.0.1")
        assert sent_to(by_address, answers("127.0.0.1")) == "tls"
        assert len(got.got) == 1


def hello_without_end(connection: socket.socket) -> None:
    """A TLS record that says it is long, and then a byte of it every now and then."""
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"\x16\x03\x03\x3f\xff")
        while True:
            connection.sendall(b"\x02")
            time.sleep(0.05)


def silence(connection: socket.socket) -> None:
    with connection:
        time.sleep(1)


@pytest.mark.parametrize("answer", [silence, hello_without_end])
def test_a_server_that_never_shakes_hands_is_left(
    answer: Callable[[socket.socket], None], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.setattr(outbound, "TIMEOUT_SECONDS", 0.4)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = threading.Thread(target=lambda: answer(listener.accept()[0]), daemon=True)
        serving.start()
        url = f"https://localhost:{listener.getsockname()[1]}/"
        began = time.monotonic()
        assert sent_to(url, answers("127.0.0.1")) == "timeout"
        assert time.monotonic() - began < 2
        serving.join()
