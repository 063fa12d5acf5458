"""The address of a caller: what a proxy of ours saw, never what the caller claims."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from config.api.addresses import address_of


def seen(settings: Settings, proxies: int, peer: str, forwarded: str | None = None) -> str:
    settings.TRUSTED_PROXIES = proxies
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return address_of(RequestFactory().get("/", REMOTE_ADDR=peer, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 192.0.2.44", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "rubbish", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9:4711", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "fe80::1%eth0", "fe80::/64"),
    ],
)
def test_the_address_is_the_one_before_our_proxies(
    settings: Settings, proxies: int, forwarded: str | None, expected: str
) -> None:
    assert seen(settings, proxies, "192.0.2.1", forwarded) == expected


@pytest.mark.parametrize("peer", ["", "unix:", "x" * 5000])
def test_a_peer_without_an_address_is_nobody_in_particular(settings: Settings, peer: str) -> None:
    assert seen(settings, 0, peer) == ""
