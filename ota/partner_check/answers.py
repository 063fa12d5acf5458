"""What came back, and what a caller may demand of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault

PROBLEM = "application/problem+json"
LONGEST_SHOWN = 160


@dataclass(frozen=True)
class Answer:
    """One answer; header names are in lower case. It never shows what the request carried."""

    asked: str  # "POST /api/ota/reserve"
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Fault(
                f"{self.asked} answered {self.status} with a body that is no JSON"
            ) from None

    @property
    def is_problem(self) -> bool:
        return self.headers.get("content-type", "").partition(";")[0] == PROBLEM

    @property
    def code(self) -> str:
        """The stable code of a problem; "" of anything else."""
        try:
            told = self.json() if self.is_problem else {}
        except Fault:
            return ""
        return str(told.get("code", "")) if isinstance(told, dict) else ""

    def expect(self, status: int) -> Any:
        """The body as JSON where the status is this one (None without a body); else a Fault."""
        if self.status != status:
            raise Fault(f"{self.asked}: expected {status}, got {self.told()}")
        return self.json() if self.body else None

    def refused(self, status: int, code: str) -> dict[str, Any]:
        """The problem where it was declined in this way; else a Fault."""
        if (self.status, self.code) != (status, code):
            raise Fault(f"{self.asked}: expected {status} {code}, got {self.told()}")
        problem: dict[str, Any] = self.json()
        return problem

    def told(self) -> str:
        """Its status, with the code and detail of a problem or the type of anything else."""
        if not self.code:
            return f"{self.status} {self.headers.get('content-type', 'without a body')}"
        detail = str(self.json().get("detail", ""))[:LONGEST_SHOWN]
        return f"{self.status} {self.code} ({detail})"


def need(condition: object, complaint: str) -> None:
    """Raise a Fault with this text unless the condition holds."""
    if not condition:
        raise Fault(complaint)


def keys(of: Any, *names: str, where: str) -> None:
    """Raise a Fault unless an object has all these keys; more may come with any release."""
    need(isinstance(of, dict), f"{where} is no JSON object")
    missing = [name for name in names if name not in of]
    need(not missing, f"{where} lacks {', '.join(missing)}")
