"""From which address a request comes, through as many proxies as the settings trust."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_OF_ONE_CALLER = 64  # a provider gives everybody at least as many


def address_of(request: HttpRequest) -> str:
    """The caller's address, of IPv6 the network it may choose from; "" where none is known."""
    return _forwarded(request) or _known(request.META.get("REMOTE_ADDR", ""))


def host_of(request: HttpRequest) -> str | None:
    """The same as one address, for columns of that type: of an IPv6 network its first."""
    return address_of(request).partition("/")[0] or None


def _forwarded(request: HttpRequest) -> str:
    """What the first proxy of ours heard; each adds one, left of them the caller may lie."""
    heard = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not 0 < settings.TRUSTED_PROXIES <= len(heard):
        return ""
    return _known(heard[-settings.TRUSTED_PROXIES].strip())


def _known(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_OF_ONE_CALLER), strict=False))
