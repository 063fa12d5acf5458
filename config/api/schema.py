"""OpenAPI 3.0.3 from what views say, with every error and header a caller may meet."""

from collections.abc import Iterable
from typing import Any

import uritemplate
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, get_doc

from config.api import refusals as http
from config.api.answers import Answers, said_by
from config.api.catalogue import entry
from config.api.problems import MEDIA_TYPE, type_of
from config.errors import NotFound, Refusal

PARTNERS_PREFIX = "/api/ota/"

_TEXT, _COUNT = {"type": "string"}, {"type": "integer"}
_URL = {"type": "string", "format": "uri"}

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; some codes add members of their own.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {**_URL, "description": "A page that explains the code."},
        "title": _TEXT,
        "status": _COUNT,
        "detail": {**_TEXT, "description": "What to do about it."},
        "instance": _TEXT,
        "code": _TEXT,
        "request_id": _TEXT,
        "errors": {
            "type": "array",
            "description": "Every place of the input that was refused.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {"pointer": _TEXT, "code": _TEXT, "detail": _TEXT},
            },
        },
    },
    "additionalProperties": True,
}
HEADERS = {
    "X-Request-Id": (_TEXT, "Yours if it matched [A-Za-z0-9_-]{8,64}, else one of ours."),
    "RateLimit-Limit": (
        _COUNT,
        "Requests per minute: of a partner over all its keys, of a customer, or of an address.",
    ),
    "RateLimit-Remaining": (_COUNT, "Requests left in this window."),
    "RateLimit-Reset": (_COUNT, "Seconds until the window ends."),
    "Retry-After": (_COUNT, "Seconds to wait before the next attempt."),
    "WWW-Authenticate": (_TEXT, "The credentials that are wanted."),
    "Idempotent-Replayed": (_TEXT, "true where a stored answer was sent again."),
}
LIMITED = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "1 to 255 visible ASCII characters, the same for every repetition of a "
    "request: a repetition gets the first 2xx answer again. Strongly advised.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
}


class Schema(AutoSchema):
    """One operation as its view describes it, and what HTTP adds to every one."""

    @property
    def said(self) -> Answers:
        """What the view noted on this method."""
        return said_by(self.view, self.method)

    def get_operation_id(self) -> str:
        return self.said.operation or super().get_operation_id()

    def get_tags(self) -> list[str]:
        """The view's own, else the first word of the path behind its prefix."""
        words = [word for word in self._tokenize_path() if word not in ("api", "ota")]
        return getattr(self.view, "tags", None) or words[:1]

    def get_summary(self) -> str:
        return self._doc()[0]

    def get_description(self) -> str:  # type: ignore[override]
        return self._doc()[1]

    def _doc(self) -> tuple[str, str]:
        text = get_doc(self._handler) or get_doc(type(self.view))
        first, _, rest = text.partition("\n\n")
        return " ".join(first.split()).rstrip("."), rest.strip()

    def get_request_serializer(self) -> Any:
        return self.said.request

    def get_response_serializers(self) -> Any:
        said = self.said
        return {(said.status, said.media_type): said.response}

    def get_override_parameters(self) -> list[Any]:
        return [self.said.query] if self.said.query else []

    def get_auth(self) -> list[dict[str, Any]]:
        """Authenticators may describe themselves: `security = (name, definition)`."""
        authenticators = self._authenticators
        if not all(hasattr(each, "security") for each in authenticators):
            return super().get_auth()
        schemes = [each.security for each in authenticators]
        for name, definition in schemes:
            self._component(ResolvedComponent.SECURITY_SCHEMA, name, definition)
        return [{name: []} for name, _ in schemes]

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        """The operation with its examples, its headers and all its problems."""
        operation = super().get_operation(*args)
        if operation:
            if self.method == "PATCH":  # the generator would leave it to the caller
                operation["requestBody"]["required"] = True
            self._add_examples(operation)
            self._add_refusals(operation["responses"])
            self._add_headers(operation)
        return operation

    def _add_examples(self, operation: dict[str, Any]) -> None:
        said = self.said
        answer = operation["responses"][str(said.status)]
        _exemplify(answer, said.example)
        answer["description"] = answer["description"] or "As asked."
        _exemplify(operation.get("requestBody", {}), said.request_example)
        for media_type, example in said.files.items():
            answer["content"][media_type] = {"schema": _TEXT, "example": example}

    def _add_refusals(self, responses: dict[str, Any]) -> None:
        """As problems; a view for people names the statuses of its `pages` instead."""
        pages = getattr(self.view, "pages", None)
        if pages is None:
            self._add_problems(responses)
        for status, description in (pages or {}).items():
            page = {self.said.media_type: {"schema": self.said.response}}
            responses[str(status)] = {"description": description, "content": page}

    def _add_problems(self, responses: dict[str, Any]) -> None:
        # Two classes may share a code, where an app has a reason of its own for it.
        kinds = {(kind.status, kind.code): kind for kind in self._refusals()}
        for _, kind in sorted(kinds.items()):
            for status in self._statuses(kind):
                self._add_problem(responses, kind, status)

    def _add_problem(self, responses: dict[str, Any], kind: type[Refusal], status: int) -> None:
        problem = self._component(ResolvedComponent.SCHEMA, "Problem", PROBLEM)
        name = kind.code if status == kind.status else f"{kind.code}_{status}"
        example = self._component(ResolvedComponent.EXAMPLE, name, _example(kind, status))
        empty = {"description": "", "content": {MEDIA_TYPE: {"schema": problem, "examples": {}}}}
        response = responses.setdefault(str(status), empty)
        response["content"][MEDIA_TYPE]["examples"][name] = example
        response["description"] = (
            f"{response['description']}\n- `{kind.code}`: {kind.title}".strip()
        )

    def _refusals(self) -> Iterable[type[Refusal]]:
        yield from (http.InternalError, http.DatabaseUnavailable, http.Busy, http.NotAcceptable)
        yield from self.said.refusals
        yield from getattr(self.view, "refusals", ())
        yield from getattr(self._handler, "refusals", ())
        for authenticator in self._authenticators:
            yield getattr(authenticator, "absent", http.MissingApiKey)
            yield getattr(authenticator, "refused", http.InvalidApiKey)
        for permission in self.view.permission_classes:
            yield from getattr(permission, "refusals", ())
        if self._is_rate_limited:
            yield http.RateLimited
        if uritemplate.variables(self.path):
            yield NotFound
        if self.said.query:
            yield http.InvalidInput
        if self.said.request:
            yield from (http.InvalidInput, http.MalformedJson, http.UndeclaredBody)
            yield from (http.LengthRequired, http.BodyTooLarge, http.UnsupportedMediaType)

    def _statuses(self, kind: type[Refusal]) -> tuple[int, ...]:
        """Input is 400 where it cannot be read, mostly 422 where it is not acceptable."""
        if kind is not http.InvalidInput:
            return (kind.status,)
        unreadable = {400} if self.said.request else set()
        return tuple(sorted({*unreadable, self.said.invalid}))

    @property
    def _is_rate_limited(self) -> bool:
        return getattr(self.view, "is_rate_limited", False)

    @property
    def _authenticators(self) -> list[Any]:
        others = (kind() for kind in getattr(self.view, "also_for", ()))
        return [*self.view.get_authenticators(), *others]

    @property
    def _idempotent(self) -> bool:
        return self.method == "POST" and self.path.startswith(PARTNERS_PREFIX)

    @property
    def _handler(self) -> Any:
        return getattr(self.view, self.method.lower())

    def _add_headers(self, operation: dict[str, Any]) -> None:
        if self._idempotent:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        for status, response in operation["responses"].items():
            names = self._headers(int(status))
            response.setdefault("headers", {}).update({name: self._header(name) for name in names})

    def _headers(self, status: int) -> Iterable[str]:
        yield "X-Request-Id"
        if self._is_rate_limited and status not in (401, 503):
            yield from LIMITED
        if status in (409, 429, 503):
            yield "Retry-After"
        if status == 401:
            yield "WWW-Authenticate"
        if self._idempotent and status < 300:
            yield "Idempotent-Replayed"

    def _header(self, name: str) -> dict[str, Any]:
        schema, description = HEADERS[name]
        whole = {"description": description, "schema": schema}
        return self._component(ResolvedComponent.HEADER, name, whole)

    def _component(self, kind: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
        component = ResolvedComponent(name=name, type=kind, schema=schema, object=name)
        self.registry.register_on_missing(component)
        return component.ref


class Closed(OpenApiSerializerExtension):
    """Strict shapes take no other key, and the schema says so."""

    target_class = "config.api.strict.Strict"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        """What is read and what is answered may differ: only the first is closed."""
        name = type(self.target).__name__
        read_only_name = name.endswith(("Request", "Query", "In"))
        return name if direction == "response" or read_only_name else f"{name}Request"

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """The object; as a request with its declared properties only."""
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if not type(self.target).__doc__:
            schema.pop("description", None)  # that of Strict, which speaks to us
        return schema if direction == "response" else {**schema, "additionalProperties": False}


def _exemplify(body: dict[str, Any], example: Any) -> None:
    for media in body.get("content", {}).values() if example is not None else ():
        media["example"] = example


def _example(kind: type[Refusal], status: int) -> dict[str, Any]:
    about = entry(kind)
    value: dict[str, Any] = {
        "type": type_of(kind.code),
        "title": about.title,
        "status": status,
        "detail": about.remedy,
        "instance": "/api/ota/reserve",
        "code": about.code,
        "request_id": "5f0c1a9e7b3d4c2f8a6e0b1d2c3f4a5b",
    }
    if issubclass(kind, http.InvalidInput):
        value["errors"] = [{"pointer": "/quantity", "code": "max_value", "detail": "At most 100."}]
    return {"summary": about.meaning, "value": value}
