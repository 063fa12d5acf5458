"""People as staff are shown them where their name is not the matter."""


def masked_email(address: str) -> str:
    """`customer@example.com` as `c•••@example.com`."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}" if at else "•••"


def masked(text: str, *, shown: int = 1) -> str:
    """The first characters of a name, the rest hidden."""
    return f"{text[:shown]}•••" if text else ""


def masked_phone(number: str) -> str:
    """The last two digits of a number, the rest hidden."""
    return f"•••{number[-2:]}" if number else ""
