"""A statement with one thing wrong: the control of what its words are for."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from inventory import moves


@contextmanager
def spoilt(statement: tuple[ModuleType, str], right: str, wrong: str) -> Iterator[None]:
    """While it lasts, the first `right` in the statement is `wrong`; loud where there is none."""
    original = getattr(*statement)
    assert right in original
    _set(*statement, original.replace(right, wrong, 1))
    try:
        yield
    finally:
        _set(*statement, original)


def _set(module: ModuleType, name: str, text: str) -> None:
    setattr(module, name, text)
    moves._statement.cache_clear()  # it is put together once
