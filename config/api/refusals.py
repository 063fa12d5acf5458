"""What HTTP itself may decline: the codes that belong to no app."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

from config.errors import Refusal

SHOWN = 50  # issues listed in one problem
LONGEST_KEY = 64  # characters of a partner's own key repeated to them

Path = tuple[str | int, ...]


class Issue(NamedTuple):
    """One thing wrong with the input: where, a stable code, what to do about it.

    `malformed` tells what cannot be read (missing, wrong type, unknown key) from
    what was read and is not acceptable (range, choice, length).
    """

    path: Path
    code: str
    detail: str
    malformed: bool = True


def pointer(path: Path) -> str:
    """The place as a JSON Pointer (RFC 6901); foreign keys are shortened and made printable."""
    return "".join(f"/{_step(part)}" for part in path)


def _step(part: str | int) -> str:
    text = str(part).encode("utf-8", "replace").decode()
    short = text if len(text) <= LONGEST_KEY else f"{text[:LONGEST_KEY]}…"
    return short.replace("~", "~0").replace("/", "~1")


class InvalidInput(Refusal):
    """The body or the query is not as documented; `errors` names every place."""

    status = 422
    code = "validation_failed"
    title = "Input not accepted"
    remedy = "Correct the places named in errors and send the request again."

    def __init__(
        self,
        issues: Iterable[Issue],
        *,
        missing: int = 400,
        invalid: int = 422,
        within: Mapping[str, int] | None = None,
    ) -> None:
        self.issues = list(issues)
        super().__init__(
            self._summary(), errors=[self._shown(each) for each in self.issues[:SHOWN]]
        )
        self.status = min(self._status(each, missing, invalid, within) for each in self.issues)

    def judged(self, **statuses: int | Mapping[str, int] | None) -> Self:
        """The same issues under another endpoint's statuses."""
        return type(self)(self.issues, **statuses)  # type: ignore[arg-type]

    @staticmethod
    def _status(issue: Issue, missing: int, invalid: int, within: Mapping[str, int] | None) -> int:
        # A key of ours sent twice is no matter of what stands inside it.
        inside = issue.code != "duplicate_key" or len(issue.path) > 1
        if within and inside and issue.path and issue.path[0] in within:
            return within[str(issue.path[0])]
        return missing if issue.malformed else invalid

    @staticmethod
    def _shown(issue: Issue) -> dict[str, str]:
        return {"pointer": pointer(issue.path), "code": issue.code, "detail": issue.detail}

    def _summary(self) -> str:
        first = self.issues[0]
        place = f"{pointer(first.path)}: " if first.path else ""
        more = len(self.issues) - 1
        return f"{place}{first.detail}" + (f" {more} more in errors." if more else "")


class MalformedJson(InvalidInput):
    """The body is not JSON in UTF-8."""

    status = 400
    code = "malformed_json"
    title = "Malformed JSON"
    remedy = "Send one JSON object in UTF-8, as RFC 8259 has it: no NaN, no comments."


class UnsupportedMediaType(Refusal):
    """The body is not declared as application/json, or it is compressed."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"
    remedy = "Send Content-Type: application/json and no Content-Encoding."


class UndeclaredBody(Refusal):
    """A body came without Content-Type, so nothing says how to read it."""

    status = 400
    code = "undeclared_body"
    title = "Body without Content-Type"
    remedy = "Send Content-Type: application/json with the body."


class LengthRequired(Refusal):
    """A body came in chunks, without Content-Length."""

    status = 411
    code = "length_required"
    title = "Content-Length required"
    remedy = "Send the body in one piece with Content-Length."


class BodyTooLarge(Refusal):
    """The body is longer than this endpoint takes."""

    status = 413
    code = "body_too_large"
    title = "Body too large"
    remedy = "Send less in one request; the detail names the limit."


class BadRequest(Refusal):
    """The request cannot be understood as HTTP for this server."""

    status = 400
    code = "bad_request"
    title = "Bad request"
    remedy = "Check the host name, the path and the headers of the request."


class MissingApiKey(Refusal):
    """The request carries no API key."""

    status = 401
    code = "missing_api_key"
    title = "API key missing"
    remedy = "Send your key in the x-api-key header."


class InvalidApiKey(Refusal):
    """The API key is unknown, expired, revoked, or its owner is inactive."""

    status = 401
    code = "invalid_api_key"
    title = "API key not accepted"
    remedy = "Check that the whole key is sent; ask for a new one if it was rotated."


class MethodNotAllowed(Refusal):
    """This path exists, but not for this method."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"
    remedy = "Use one of the methods named in the Allow header."


class NotAcceptable(Refusal):
    """None of the media types in Accept can be produced here."""

    status = 406
    code = "not_acceptable"
    title = "Not acceptable"
    remedy = "Accept application/json, or leave the Accept header out."


class RateLimited(Refusal):
    """The partner has used up its requests for now."""

    status = 429
    code = "rate_limited"
    title = "Too many requests"
    retry_after = 1
    remedy = "Wait for the seconds in Retry-After; watch RateLimit-Remaining to stay below."


class DatabaseUnavailable(Refusal):
    """The database cannot be reached at the moment; nothing was changed."""

    status = 503
    code = "database_unavailable"
    title = "Temporarily unavailable"
    retry_after = 1
    remedy = "Repeat the request after Retry-After, with the same Idempotency-Key."


class Busy(Refusal):
    """The request waited too long for others; nothing was changed."""

    status = 503
    code = "busy"
    title = "Busy"
    retry_after = 1
    remedy = "Repeat the request after Retry-After, with the same Idempotency-Key."


class InternalError(Refusal):
    """A fault of ours; it has been recorded under the request id."""

    status = 500
    code = "internal_error"
    title = "Internal error"
    remedy = "Repeat the request once with the same Idempotency-Key, then tell us the request id."
