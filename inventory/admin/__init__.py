"""Products and prices are edited here; stock is looked at, and moves by use cases only."""

from . import products, stock

__all__ = ["products", "stock"]
