"""Who does something: written into every history row."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Actor:
    """A key, a member of staff or the system, and the request it acts in.

    `name` is what history rows and the admin show, e.g. `OTA_DEMO:demo-12345`,
    `staff:ops` or `system:expiry`; `request_id` ties the row to the log lines.
    Neither holds personal data.
    """

    name: str
    request_id: str = ""
    reason: str = ""

    def within(self, request_id: str) -> "Actor":
        """The same one, in the request or task of this id."""
        return replace(self, request_id=request_id)
