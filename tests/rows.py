"""How many rows there are, to see that nothing was written."""

from collections.abc import Container

from django.apps import apps
from django.db import connection
from django.db.models import Model


def rows(*, but: Container[type[Model]] = ()) -> dict[str, int]:
    """Of every table, in one statement: it is asked before and after hundreds of refusals."""
    tables = [model._meta.db_table for model in apps.get_models() if model not in but]
    counted = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(counted)
        return dict(cursor.fetchall())
