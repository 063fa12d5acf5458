"""A status that moves along MOVES and remembers every step.

`move_to` for one row, `move_all` for many in one statement. Nothing else writes a status,
so the history row cannot be forgotten.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from config.actors import Actor
from config.errors import Refusal
from config.statements import fetch

from .errors import IllegalMove


class Lifecycle(models.Model):
    """Something whose status changes only along `MOVES`, each change a row of its history.

    The history model is reached as `history`; its rows point back through `subject`.
    """

    MOVES: ClassVar[dict[str, set[str]]]
    status: Any

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def can_become(self, status: str) -> bool:
        """Whether the present status may change to this one."""
        return status in self.MOVES[self.status]

    def move_to(self, status: str, *, at: datetime, by: Actor, **changes: object) -> None:
        """Change the status of a locked row and remember it; raises its `refusal()`."""
        if not self.can_become(status):
            raise self.refusal()
        was = self.status
        for name, value in (("status", status), *changes.items()):
            setattr(self, name, value)
        self.save(update_fields=["status", *changes])  # type: ignore[misc]
        self.remember(was=was, at=at, by=by)

    def remember(self, *, at: datetime, by: Actor, was: str = "") -> None:
        """Write the history row of the present status."""
        self.history.create(  # type: ignore[attr-defined]
            status=self.status,
            was=was,
            at=at,
            by=by.name,
            request_id=by.request_id,
            reason=by.reason,
        )

    def refusal(self) -> Refusal:
        """Why the present status allows no move; the models say it more precisely."""
        return IllegalMove(f"It is {self.status}.")

    @classmethod
    def move_all(
        cls,
        ids: Sequence[uuid.UUID],
        was: str,
        status: str,
        *,
        at: datetime,
        by: Actor,
        stamp: str | None = None,
    ) -> list[uuid.UUID]:
        """Move the locked rows among `ids` that are `was`; returns the ids that moved.

        `stamp` names a time column that is set to `at`. One statement, history included.
        """
        if status not in cls.MOVES[was]:
            raise IllegalMove(f"{was} does not become {status}.")
        history = cls.history.rel.related_model._meta.db_table  # type: ignore[attr-defined]
        stamped = f', "{stamp}" = %(at)s::timestamptz' if stamp else ""
        # Names of tables and columns of ours; values are bound.
        sql = f"""
            WITH moved AS (
              UPDATE {cls._meta.db_table} SET status = %(status)s::text{stamped}
               WHERE id = ANY(%(ids)s::uuid[]) AND status = %(was)s::text RETURNING id)
            INSERT INTO {history} (subject_id, status, was, at, by, request_id, reason)
            SELECT id, %(status)s::text, %(was)s::text, %(at)s::timestamptz, %(by)s::text,
                   %(request_id)s::text, %(reason)s::text FROM moved ORDER BY id
            RETURNING subject_id"""  # noqa: S608
        params = {
            "ids": list(ids),
            "was": was,
            "status": status,
            "at": at,
            "by": by.name,
            "request_id": by.request_id,
            "reason": by.reason,
        }
        return [row[0] for row in fetch(sql, params)]

    @classmethod
    def remember_all(cls, rows: Sequence["Lifecycle"], *, at: datetime, by: Actor) -> None:
        """Write the first history row of many new rows in one statement."""
        history = cls.history.rel.related_model  # type: ignore[attr-defined]
        history.objects.bulk_create(
            history(
                subject=row,
                status=row.status,
                at=at,
                by=by.name,
                request_id=by.request_id,
                reason=by.reason,
            )
            for row in rows
        )


class Move(models.Model):
    """One status a subject took: audit trail, timeline and outbox; never changed or deleted."""

    status = models.CharField(max_length=20)
    was = models.CharField(max_length=20, blank=True)
    by = models.CharField(max_length=80)
    request_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.was} → {self.status}" if self.was else self.status
