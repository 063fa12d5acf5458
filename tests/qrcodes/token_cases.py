"""What must become of which token, at which second."""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from tests.qrcodes import reference

ISSUED = 1767225600
NOW = ISSUED + 600
TICKET = UUID("00112233-4455-6677-8899-aabbccddeeff")
LAST = 2**32 - 1

Case = dict[str, Any]
Masters = dict[int, bytes]


class Maker:
    """Makes one token after another, each with the nonce its name gives it."""

    def __init__(self, masters: Masters) -> None:
        self.masters = masters

    def token(
        self,
        name: str,
        kid: int = 2,
        keys: tuple[bytes, bytes] | None = None,
        version: int = 1,
        aad: bytes | None = None,
        **fields: int,
    ) -> str:
        return reference.token(
            keys=keys or reference.token_keys(self.masters[kid], kid),
            kid=kid,
            nonce=hashlib.sha256(name.encode()).digest()[:12],
            payload=reference.payload(ticket=TICKET.bytes, **{"issued": ISSUED, **fields}),
            version=version,
            aad=aad,
        )


def all_of_them(masters: Masters, elsewhere: bytes) -> Iterator[Case]:
    maker = Maker(masters)
    yield from genuine(maker)
    yield from times(maker)
    yield from payloads(maker)
    yield from keys(maker, elsewhere)
    yield from graftings(maker)
    yield from spellings(maker.token("plain"))
    yield from truncations(maker.token("plain"))
    yield from flips(maker.token("plain"))


def case(name: str, text: str, expect: str = "token_invalid", **more: Any) -> Case:
    return {"name": name, "text": text, "expect": expect, **more}


def said(kid: int = 2, **changes: Any) -> dict[str, Any]:
    plain = {"kid": kid, "type": 1, "flags": 0, "ticket": str(TICKET), "issued": ISSUED}
    return {**plain, "ttl_minutes": 60, "generation": 7, "audience": 0, **changes}


def genuine(maker: Maker) -> Iterator[Case]:
    for name, kid in {"active": 2, "retiring": 1, "staged": 3, "highest kid": 65535}.items():
        yield case(name, maker.token(name, kid=kid), "ok", fields=said(kid))
    for name, value in {"no flags": 0, "one flag": 1, "all flags": 255}.items():
        yield case(name, maker.token(name, flags=value), "ok", fields=said(flags=value))
    for value in (0, 1, 42, LAST):
        name = f"audience {value}"
        yield case(name, maker.token(name, audience=value), "ok", fields=said(audience=value))
        name = f"generation {value}"
        text = maker.token(name, generation=value)
        fields = said(generation=value)
        yield case(name, text, "ok", fields=fields, current_generation=value)
    view = maker.token("view", type_=2)
    yield case("a link seen as a link", view, "ok", fields=said(type=2), **{"as": "view"})
    yield case("a link at the gate", view, "wrong_token_type")
    yield case("a gate token as a link", maker.token("gate"), "wrong_token_type", **{"as": "view"})
    yield case("an old link at the gate", view, "wrong_token_type", now=ISSUED + 7200)
    for now_in_force in (0, 6, 8, LAST):
        name = f"made for generation 7, now {now_in_force}"
        yield case(name, maker.token(name), "superseded_qr", current_generation=now_in_force)


def times(maker: Maker) -> Iterator[Case]:
    for ttl in (1, 2, 30, 60, 1439, 1440):
        name = f"{ttl} minutes"
        text, fields = maker.token(name, ttl=ttl), said(ttl_minutes=ttl)
        end = ISSUED + 60 * ttl
        yield case(f"{name}, first second", text, "ok", now=ISSUED, fields=fields)
        yield case(f"{name}, last second", text, "ok", now=end - 1, fields=fields)
        yield case(f"{name}, second after", text, "token_expired", now=end)
        yield case(f"{name}, a year later", text, "token_expired", now=end + 31_536_000)
        yield case(f"{name}, clock 60 s behind", text, "ok", now=ISSUED - 60, fields=fields)
        yield case(f"{name}, clock 61 s behind", text, now=ISSUED - 61)
        yield case(f"{name}, clock at zero", text, now=0)
    for name, issued in {"2038": 2**31 - 1, "after 2038": 2**31, "2106": LAST, "1970": 0}.items():
        text = maker.token(name, issued=issued)
        yield case(f"{name}, read then", text, "ok", now=issued, fields=said(issued=issued))
        yield case(f"{name}, read later", text, "token_expired", now=issued + 3600)
    yield case("2106, read today", maker.token("2106", issued=LAST))


def payloads(maker: Maker) -> Iterator[Case]:
    for ttl in (0, 1441, 65535):
        yield case(f"lives {ttl} minutes", maker.token(f"ttl {ttl}", ttl=ttl))
    for kind in (0, 3, 4, 255):
        yield case(f"type {kind}", maker.token(f"type {kind}", type_=kind))
    for reserved in (1, 128, 255):
        yield case(f"reserved {reserved}", maker.token(f"r {reserved}", reserved=reserved))


def keys(maker: Maker, elsewhere: bytes) -> Iterator[Case]:
    yield case("destroyed key", maker.token("destroyed", kid=4))
    for kid in (0, 6, 513, 65534):
        borrowed = reference.token_keys(maker.masters[2], kid)
        yield case(f"unknown kid {kid}", maker.token(f"kid {kid}", kid=kid, keys=borrowed))
    foreign = reference.token_keys(elsewhere, 2)
    yield case("another environment", maker.token("foreign", keys=foreign))
    at_home = maker.token("foreign", keys=foreign)
    yield case("the other environment", at_home, "ok", ring="elsewhere", fields=said())
    yield case("ours in the other environment", maker.token("ours"), ring="elsewhere")
    encryption, mac = reference.token_keys(maker.masters[2], 2)
    ticket = reference.ticket_key(maker.masters[2], 2)
    other, other_mac = reference.token_keys(maker.masters[1], 1)
    mixed = {
        "MAC by the encryption key": (encryption, encryption),
        "keys exchanged": (mac, encryption),
        "MAC by the ticket key": (encryption, ticket),
        "encrypted by another key": (other, mac),
        "MAC by another key": (encryption, other_mac),
        "both of another kid": (other, other_mac),
        "keys of zeros": (bytes(32), bytes(32)),
    }
    for name, pair in mixed.items():
        yield case(name, maker.token(name, keys=pair))
    for name, aad in {"no AAD": b"", "foreign AAD": b"\1\0\1"}.items():
        yield case(name, maker.token(name, aad=aad))
    for version in (0, 2, 255):
        of_version = reference.token_keys(maker.masters[2], 2, version)
        yield case(f"version {version}", maker.token(f"v {version}", version=version))
        name = f"version {version} with keys of its own"
        yield case(name, maker.token(name, version=version, keys=of_version))
    yield from windows(maker)


def windows(maker: Maker) -> Iterator[Case]:
    """Key 5 is believed to have sealed from 1767225000 to 1767229200."""
    for issued, expect in {
        1767224999: "token_invalid",
        1767225000: "ok",
        1767229200: "ok",
        1767229201: "token_invalid",
    }.items():
        text = maker.token(f"window {issued}", kid=5, issued=issued)
        fields = {"fields": said(5, issued=issued)} if expect == "ok" else {}
        yield case(f"sealed at {issued} by a bounded key", text, expect, now=issued, **fields)


def graftings(maker: Maker) -> Iterator[Case]:
    """Parts of one genuine token put into another."""
    one = reference.bytes_of(maker.token("one"))
    two = reference.bytes_of(maker.token("two", generation=8))
    parts = {"kid": (1, 3), "nonce": (3, 15), "ciphertext": (15, 48), "tag": (48, 64)}
    parts |= {"MAC": (64, 96), "nonce and ciphertext": (3, 48), "all but the MAC": (0, 64)}
    old = reference.bytes_of(maker.token("old", kid=1))
    for name, (start, end) in parts.items():
        donor = old if name == "kid" else two
        mixed = one[:start] + donor[start:end] + one[end:]
        yield case(f"{name} of another token", reference.text_of(mixed))
    yield case("zeros", reference.text_of(bytes(96)))
    yield case("a header and zeros", reference.text_of(one[:3] + bytes(93)))
    yield case("without a MAC", reference.text_of(one[:64]))
    yield case("a MAC of zeros", reference.text_of(one[:64] + bytes(32)))


def spellings(token: str) -> Iterator[Case]:
    assert set("-_A") <= set(token)
    for name, text in {
        "one more character": token + "A",
        "four more characters": token + "AAAA",
        "padded once": token + "=",
        "padded": token + "==",
        "padding inside": token[:-2] + "==",
        "standard alphabet": token.replace("-", "+").replace("_", "/"),
        "plus for minus": token.replace("-", "+"),
        "slash for underscore": token.replace("_", "/"),
        "leading space": " " + token,
        "trailing space": token + " ",
        "trailing newline": token + "\n",
        "newline for the last": token[:-1] + "\n",
        "newline inside": token[:64] + "\n" + token[64:],
        "NUL behind": token + "\0",
        "NUL inside": token[:64] + "\0" + token[65:],
        "full-width letter": token.replace("A", "\uff21", 1),
        "Cyrillic letter": token.replace("A", "\u0410", 1),
        "Arabic digit": token[:-1] + "\u0661",
        "zero-width space": token + "\u200b",
        "right-to-left override": "\u202e" + token,
        "byte order mark": "\ufeff" + token,
        "lone surrogate": token[:-1] + "\ud800",
        "combining mark": token[:-1] + "\u0301",
        "lower case": token.lower(),
        "upper case": token.upper(),
        "backwards": token[::-1],
        "twice": token + token,
        "a link": "https://tickets.example.com/qr/verify?t=" + token,
        "in quotes": f'"{token}"',
        "percent-encoded": "%41" + token[1:],
        "sixteen thousand characters": "A" * 16384,
    }.items():
        yield case(name, text)


def truncations(token: str) -> Iterator[Case]:
    for length in range(128):
        yield case(f"first {length} characters", token[:length])
    for length in (127, 124, 64):
        yield case(f"last {length} characters", token[-length:])


def flips(token: str) -> Iterator[Case]:
    raw = int.from_bytes(reference.bytes_of(token), "big")
    for bit in range(768):
        flipped = (raw ^ 1 << 767 - bit).to_bytes(96, "big")
        yield case(f"bit {bit} flipped", reference.text_of(flipped))
