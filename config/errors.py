"""The cellar: what every app may raise when it understood a wish and declines it."""

from collections.abc import Iterator
from functools import cache


class Refusal(Exception):
    """Understood, declined, explained; never a bug.

    `code` is stable and part of the contract with partners, `title` names the
    refusal in general and `remedy` what to do about it, the message says it of this one.
    `retry_after` are the seconds to wait, `extra` members are shown beside them all.
    """

    status = 409
    code = "refused"
    title = "Refused"
    remedy = ""
    retry_after: int | None = None

    def __init__(
        self, detail: str = "", *, retry_after: int | None = None, **extra: object
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra
        if retry_after is not None:
            self.retry_after = retry_after


@cache
def title_of(code: str) -> str:
    """What refusals with this code are called, in English; nothing where no refusal has it."""
    return next((kind.title for kind in _kinds(Refusal) if kind.code == code), "")


def _kinds(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


class NotFound(Refusal):
    """It does not exist, or belongs to somebody else: the two answers are one."""

    status = 404
    code = "not_found"
    title = "Not found"


class NotPermitted(Refusal):
    """The caller is known and may not do this."""

    status = 403
    code = "permission_denied"
    title = "Permission denied"


class Conflict(Refusal):
    """State or stock does not allow it now."""

    status = 409
    code = "conflict"
    title = "Conflict"


class Unacceptable(Refusal):
    """Well formed, but not acceptable."""

    status = 422
    code = "unacceptable"
    title = "Not acceptable"
