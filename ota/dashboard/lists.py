"""Where a number leads to: the list behind it, for whom may see that list."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse


class Lists:
    """The pages of the back office as one user may see them; an address is empty if not."""

    def __init__(self, user: Any) -> None:
        self.user = user

    def may_see(self, model: type[Model]) -> bool:
        app, name = model._meta.app_label, model._meta.model_name
        return any(self.user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))

    def of(self, model: type[Model], **filters: object) -> str:
        """The list of a model with these filters, named as the list names them."""
        if not self.may_see(model):
            return ""
        address = reverse(f"admin:{_name(model)}_changelist")
        return f"{address}?{_query(filters)}" if filters else address

    def one(self, model: type[Model], pk: object) -> str:
        """The page of one object."""
        if not self.may_see(model):
            return ""
        return reverse(f"admin:{_name(model)}_change", args=[pk])


def _name(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


def _query(filters: dict[str, object]) -> str:
    return urlencode(
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in filters.items()
        }
    )
