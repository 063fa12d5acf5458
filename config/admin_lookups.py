"""Which columns the address of a list may filter by.

Django lets it be every column of the model. What no page shows (digests, sealed keys, answers to
partners, contacts in histories) could so be told letter by letter: `?body__startswith=a`.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Field, Model

OF_A_ROW = {"", "exact", "id", "id__exact", "pk", "pk__exact", "isnull"}


def is_open(model: type[Model], lookup: str, names: Iterable[str | None]) -> bool:
    """Whether a lookup is none of the model's columns, the key of a row, or one of `names`."""
    column, _, rest = lookup.partition("__")
    field = _columns(model).get(column)
    if field is None or field.primary_key or (field.is_relation and rest in OF_A_ROW):
        return True
    return any(lookup == name or lookup.startswith(f"{name}__") for name in names if name)


def named(filtered: Any) -> str:
    """What one of a `list_filter` filters by."""
    first = filtered[0] if isinstance(filtered, list | tuple) else filtered
    return first if isinstance(first, str) else getattr(first, "parameter_name", "")


def _columns(model: type[Model]) -> dict[str, "Field[Any, Any]"]:
    """Fields by the names that an address may call them."""
    return {name: field for field in model._meta.fields for name in (field.name, field.attname)}
