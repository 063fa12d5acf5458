"""What a view says about its answers, beside the code that gives them.

    class ReserveView(PartnerView):
        @answers(
            201,
            ReservationDetails,
            request=ReservationRequest,
            refusals=[SoldOut, UnknownProduct],
            operation="create_reservation",
            example=examples.RESERVATION,
            request_example=examples.RESERVATION_REQUEST,
        )
        def post(self, request): ...

What every method of a view may decline stands in its `refusals`.

What every such call may meet (credentials, rate limit, unreadable input, an unknown id,
the database) is added by the schema and need not be said.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from config.api.strict import Strict
from config.errors import Refusal

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one method of a view takes and gives."""

    status: int = 200
    response: Any = None
    request: type[Strict] | None = None
    query: type[Strict] | None = None
    refusals: tuple[type[Refusal], ...] = ()
    operation: str = ""
    example: Any = None
    request_example: Any = None
    invalid: int = 422
    media_type: str = "application/json"
    files: Mapping[str, str] = field(default_factory=dict)


def answers(
    status: int = 200,
    response: Any = None,
    *,
    refusals: Iterable[type[Refusal]] = (),
    **more: Any,
) -> Callable[[F], F]:
    """Note on a view's method what it takes and gives; the schema reads it.

    `response` is a serializer class, or a schema dict; None for an empty body.
    `request` and `query` are the Strict shapes handed to read() and read_query().
    `invalid` is the one handed to read(). `files` are other media types the same answer comes
    in, each with an example.
    """
    said = Answers(status=status, response=response, refusals=tuple(refusals), **more)

    def note(method: F) -> F:
        method.answers = said  # type: ignore[attr-defined]
        return method

    return note


def said_by(view: Any, method: str) -> Answers:
    """What was noted on the view's handler of an HTTP method."""
    handler = getattr(view, method.lower(), None)
    return getattr(handler, "answers", Answers())
