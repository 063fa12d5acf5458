"""What must become of which ticket QR."""

from collections.abc import Iterator

from tests.qrcodes import reference
from tests.qrcodes.token_cases import LAST, Case, Masters, case

CODE = "CRUISE-2026-FERRY-1762274285982-K7Q2M9XDBR4TVWZC"


def all_of_them(masters: Masters, elsewhere: bytes) -> Iterator[Case]:
    living = {kid: reference.ticket_key(key, kid) for kid, key in masters.items()}
    plain = reference.ticket_qr(CODE, 2, 7, living[2])
    yield from genuine(living)
    yield from keys(living, masters, elsewhere)
    yield from numbers(living[2])
    yield from codes(living[2])
    yield from spellings(plain)
    yield from truncations(plain)
    yield from flips(plain)


def genuine(living: dict[int, bytes]) -> Iterator[Case]:
    for kid in (1, 2, 3, 65535):
        text = reference.ticket_qr(CODE, kid, 7, living[kid])
        fields = {"code": CODE, "kid": kid, "generation": 7}
        yield case(f"kid {kid}", text, "ok", fields=fields, current_generation=7)
    for generation in (0, 1, 9, 10, 2**31, LAST):
        text = reference.ticket_qr(CODE, 2, generation, living[2])
        fields = {"code": CODE, "kid": 2, "generation": generation}
        yield case(f"generation {generation}", text, "ok", fields=fields)
        name = f"generation {generation} after a reissue"
        yield case(name, text, "superseded_qr", current_generation=(generation + 1) % 2**32)
    for code in ("A", "0", "A-1", "Z" * 60, "CRUISE-2027-CABIN2-1798761600000-0123456789ABCDEF"):
        text = reference.ticket_qr(code, 2, 1, living[2])
        yield case(f"code {code}", text, "ok", fields={"code": code, "kid": 2, "generation": 1})
    bounded = reference.ticket_qr(CODE, 5, 7, living[5])
    fields = {"code": CODE, "kid": 5, "generation": 7}
    yield case("a key's window does not bound a lasting QR", bounded, "ok", fields=fields)


def keys(living: dict[int, bytes], masters: Masters, elsewhere: bytes) -> Iterator[Case]:
    sealing, mac = reference.token_keys(masters[2], 2)
    for name, kid, key in (
        ("destroyed key", 4, living[4]),
        ("unknown kid", 6, living[2]),
        ("kid 0", 0, living[2]),
        ("kid of another key", 1, living[2]),
        ("another environment", 2, reference.ticket_key(elsewhere, 2)),
        ("MAC by the token MAC key", 2, mac),
        ("MAC by the token encryption key", 2, sealing),
        ("MAC by the master", 2, masters[2]),
        ("a key of zeros", 2, bytes(32)),
    ):
        yield case(name, reference.ticket_qr(CODE, kid, 7, key))
    foreign = reference.ticket_qr(CODE, 2, 7, reference.ticket_key(elsewhere, 2))
    fields = {"code": CODE, "kid": 2, "generation": 7}
    yield case("the other environment", foreign, "ok", ring="elsewhere", fields=fields)


def numbers(key: bytes) -> Iterator[Case]:
    """Each number has one spelling."""
    mac = reference.ticket_qr(CODE, 2, 7, key).rpartition(".")[2]
    for kid in ("02", "+2", "-2", " 2", "2 ", "", "2.0", "65538", "4294967298", "0x2", "2e0", "2_"):
        yield case(f"kid written {kid!r}", f"{CODE}:{kid}.7.{mac}")
    for generation in ("07", "+7", "-7", " 7", "", "7.0", "4294967303", "99999999999", "7" * 300):
        name = f"generation written {generation[:20]!r}"
        yield case(name, f"{CODE}:2.{generation}.{mac}")
    for other in (0, 6, 8, 70):
        yield case(f"generation changed to {other}", f"{CODE}:2.{other}.{mac}")
    yield case("Arabic kid", f"{CODE}:\u0662.7.{mac}")
    yield case("full-width generation", f"{CODE}:2.\uff17.{mac}")
    for tail in (1, 2, 3):
        yield case(f"tail bits {tail}", reference.ticket_qr(CODE, 2, 7, key, tail))


def codes(key: bytes) -> Iterator[Case]:
    """What no ticket code may look like, though its MAC is right."""
    for code in ("", "a", "cruise-2026", "-A", "Z" * 61, "A B", "A:B", "A.B", "A_B", "A/B", "A\n"):
        yield case(f"code {code[:20]!r}", reference.ticket_qr(code, 2, 7, key))
    yield case("full-width code", reference.ticket_qr("\uff21", 2, 7, key))


def spellings(plain: str) -> Iterator[Case]:
    head, _, mac = plain.rpartition(".")
    for name, text in {
        "lower case": plain.lower(),
        "lower-case MAC": f"{head}.{mac.lower()}",
        "bare ticket code": CODE,
        "no MAC": head,
        "empty MAC": head + ".",
        "one more character": plain + "0",
        "leading space": " " + plain,
        "trailing space": plain + " ",
        "trailing newline": plain + "\n",
        "trailing NUL": plain + "\0",
        "carriage return": plain + "\r\n",
        "full-width colon": plain.replace(":", "\uff1a"),
        "Cyrillic letter": plain.replace("C", "\u0421", 1),
        "lone surrogate": plain[:-1] + "\ud800",
        "zero-width space": plain + "\u200b",
        "right-to-left override": "\u202e" + plain,
        "twice": plain + plain,
        "a link": "HTTPS://TICKETS.EXAMPLE.COM/" + plain,
        "backwards": plain[::-1],
        "two colons": plain.replace(":", "::"),
        "two dots": plain.replace(".", ".."),
        "MAC of zeros": f"{head}.{'0' * 26}",
        "MAC backwards": f"{head}.{mac[::-1]}",
        "empty": "",
        "blank": "   ",
        "only the marks": ":..",
    }.items():
        yield case(name, text)
    for letter in "ILOUilou-*":
        yield case(f"MAC with {letter}", f"{head}.{letter}{mac[1:]}")
        yield case(f"MAC ending in {letter}", f"{head}.{mac[:-1]}{letter}")


def truncations(plain: str) -> Iterator[Case]:
    for length in range(1, len(plain)):
        yield case(f"first {length} characters", plain[:length])
    for length in (1, 26, 30, len(plain) - 1):
        yield case(f"last {length} characters", plain[-length:])


def flips(plain: str) -> Iterator[Case]:
    """Every bit of the MAC, and every character of the code."""
    head, _, mac = plain.rpartition(".")
    for place, digit in enumerate(mac):
        for bit in range(5):
            changed = reference.CROCKFORD[reference.CROCKFORD.index(digit) ^ 1 << bit]
            text = f"{head}.{mac[:place]}{changed}{mac[place + 1 :]}"
            yield case(f"bit {bit} of MAC character {place} flipped", text)
    for place, letter in enumerate(CODE):
        other = "Y" if letter != "Y" else "X"
        yield case(
            f"character {place} of the code changed", plain[:place] + other + plain[place + 1 :]
        )
