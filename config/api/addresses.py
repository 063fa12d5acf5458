"""From which address a request comes, through as many proxies as the settings trust."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_OF_ONE_CALLER = 64  # a provider gives everybody at least as many


def address_of(request: HttpRequest) -> str:
    """The caller's address, of IPv6 the network it may choose from; "" where none is known."""
    told = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        # Each proxy adds whom it heard; what stands left of ours was written by the caller.
        if len(forwarded) >= settings.TRUSTED_PROXIES:
            told = _known(forwarded[-settings.TRUSTED_PROXIES].strip()) or told
    return _known(told)


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
