"""One JSON line per event on standard error: the request's id in it, secrets and people not.

Our own events go through structlog, everybody else's through logging; both pass the same
processors. Settings name `dictionary()` as LOGGING and `configure` as LOGGING_CONFIG.
"""

import contextlib
import json
import logging.config
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from structlog.types import EventDict, Processor

HIDDEN = "***"
SHORTEST_SECRET = 12

# Fields that never reach a line, whoever logs them.
SECRET_FIELDS = frozenset(
    {
        "api_key", "authorization", "cookie", "customer_details", "name", "password", "phone",
        "secret", "token", "access", "refresh", "signature", "x_api_key", "x_scanner_key",
    }
)  # fmt: skip

# What gives a secret away wherever it stands: our keys (their public part may stay), tokens
# of accounts, webhook and demo secrets, sealed QR codes, and whatever follows a header's name.
_SECRETS = re.compile(
    r"(?P<public>gw_(?:live|test|scan)_[0-9A-Za-z]{8}_)[0-9A-Za-z_]+"
    r"|(?:ota|venue)_test_key_\w+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+|whsec_[\w+/=-]+"
    r"|demo-payment-secret[\w-]*|[\w-]{96,}|:\d+\.\d+\.[0-9A-Z]{26}"
    r"|(?P<header>(?:x-api-key|x-scanner-key|authorization)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+)?"
    r"|bearer\s+)[^\s\"',}]+",
    re.IGNORECASE | re.ASCII,
)
_EMAIL = re.compile(r"([\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]*@(?=[\w-]+\.)", re.ASCII)


def masked(text: str) -> str:
    """The text with e-mail addresses shortened to a letter and secrets taken out."""
    if len(text) >= SHORTEST_SECRET:
        text = _SECRETS.sub(lambda hit: f"{hit['public'] or hit['header'] or ''}{HIDDEN}", text)
    return _EMAIL.sub(rf"\1{HIDDEN}@", text) if "@" in text else text


def hide_secret_fields(_: Any, __: str, event: EventDict) -> EventDict:
    """Fields that are secret by their name."""
    for field in SECRET_FIELDS & event.keys():
        event[field] = HIDDEN
    return event


def tell_exception(_: Any, __: str, event: EventDict) -> EventDict:
    """The traceback as text, without what the database quotes from rows and statements."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event["exception"] = "".join(_chain(error))
    return event


def _chain(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)
        yield "\n... which led to:\n\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {said(error)}\n"


def said(error: BaseException) -> str:
    """The message of an exception; of a database error only what names no row and no value."""
    source = next((each for each in (error, error.__cause__) if hasattr(each, "diag")), None)
    if source is not None:
        facts = ("sqlstate", "constraint_name", "table_name", "column_name")
        known = {fact: getattr(source.diag, fact, None) for fact in facts}
        return ", ".join(f"{fact} {value}" for fact, value in known.items() if value) or HIDDEN
    return str(error)


def to_line(_: Any, __: str, event: EventDict) -> str:
    """One line of ASCII: nothing in it can end the line or hide in it."""
    return json.dumps(_shown(event), separators=(",", ":"))


def _shown(value: Any) -> Any:
    """The value as JSON knows it, masked wherever it holds text."""
    if isinstance(value, str):
        return masked(value)
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        return {str(name): _shown(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(inner) for inner in value]
    return masked(said(value) if isinstance(value, BaseException) else str(value))


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secret_fields,
    tell_exception,
]


class StandardError:
    """Standard error as it is when a line is written; a closed one stops nobody's work."""

    def write(self, line: str) -> None:
        """One whole line."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line)

    def flush(self) -> None:
        """Nothing waits here."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


STANDARD_ERROR: Any = StandardError()


def dictionary(level: str) -> dict[str, Any]:
    """LOGGING: everything from `level` on, and of requests and logins only what failed."""
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.add_logger_name, *SHARED],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, to_line],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {
            "lines": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": STANDARD_ERROR,
            }
        },
        "root": {"handlers": ["lines"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},
            "axes": {"level": "WARNING"},  # every step of every login
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def configure(logging_dictionary: dict[str, Any]) -> None:
    """Set up logging and structlog; Django calls this with LOGGING when it starts."""
    logging.config.dictConfig(logging_dictionary)
    structlog.configure(
        processors=[*SHARED, to_line],
        wrapper_class=structlog.make_filtering_bound_logger(_number(logging_dictionary)),
        logger_factory=structlog.WriteLoggerFactory(file=STANDARD_ERROR),
        cache_logger_on_first_use=True,
    )


def _number(logging_dictionary: dict[str, Any]) -> int:
    return logging.getLevelNamesMapping()[logging_dictionary["root"]["level"]]
