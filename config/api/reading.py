"""How a request is read: body, query string and path become checked values, or a refusal."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from config.api.bodies import json_body
from config.api.fields import ListOf, StrictField, Uuid
from config.api.parsing import parse
from config.api.refusals import InvalidInput, Issue
from config.api.strict import Strict, issues
from config.errors import NotFound

NO_BODY = Issue((), "required", "Send a JSON object as the body.")
REPEATED = ErrorDetail("Send this parameter once.", "repeated")
ID = Uuid()


def read(
    request: HttpRequest | Request,
    shape: type[Strict],
    *,
    invalid: int = 422,
    within: Mapping[str, int] | None = None,
    optional: bool = False,
) -> dict[str, Any]:
    """The checked values of the body; else InvalidInput or what HTTP declines about bodies.

    400 is the status for what is absent, null, unknown or of the wrong type, `invalid` for
    what was understood and is not acceptable; the lower one wins where both occur. `within`
    gives one status to anything wrong at or below a key. A body that is no JSON object is
    400 whatever the endpoint. `optional` takes an absent body for an empty object.
    """
    raw = json_body(request)
    if not raw and not optional:
        raise InvalidInput([NO_BODY])
    try:
        data = parse(raw) if raw else {}
    except InvalidInput as refusal:
        raise refusal.judged(within=within) from None
    try:
        return _reader(shape).run_validation(data)
    except ValidationError as error:
        raise InvalidInput(issues(error), invalid=invalid, within=within) from None


def read_query(
    request: HttpRequest | Request, shape: type[Strict], *, invalid: int = 422
) -> dict[str, Any]:
    """The checked query parameters; `invalid` is the status for anything wrong with them."""
    sent = request.GET
    reader = _reader(shape)
    try:
        data = {name: _parameter(reader, name, sent.getlist(name)) for name in sent}
        return reader.run_validation(data)
    except ValidationError as error:
        raise InvalidInput(issues(error), missing=invalid, invalid=invalid) from None


def id_or(text: str, otherwise: NotFound) -> UUID:
    """The UUID in a path; raises `otherwise` for a malformed one, which nothing has."""
    try:
        return ID.to_internal_value(text)
    except ValidationError:
        raise otherwise from None


@cache
def _reader(shape: type[Strict]) -> Strict:
    """Building the fields costs more than checking a body with them."""
    return shape()


def _parameter(reader: Strict, name: str, texts: list[str]) -> Any:
    field = reader.inputs.get(name)
    if isinstance(field, ListOf):
        return field.from_texts(texts)
    if len(texts) > 1:
        raise ValidationError({name: [REPEATED]})
    # Of an unknown name the reader itself will complain.
    return field.from_text(texts[0]) if isinstance(field, StrictField) else texts[0]
