"""What we sell, at what price, and how many are left in each channel."""

from .products import CustomerDiscount, CustomerType, Product, ProductFunction, SpecialDate
from .releases import UrgentRelease
from .stock import AllocationChange, AllocationCounter, AllocationMove, Channel, ChannelAllocation

__all__ = [
    "AllocationChange",
    "AllocationCounter",
    "AllocationMove",
    "Channel",
    "ChannelAllocation",
    "CustomerDiscount",
    "CustomerType",
    "Product",
    "ProductFunction",
    "SpecialDate",
    "UrgentRelease",
]
