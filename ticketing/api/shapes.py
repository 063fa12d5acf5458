"""The JSON objects that several endpoints answer."""

from config.api.fields import Integer, Text
from config.api.strict import Strict


class Entitlement(Strict):
    """How often a ticket still admits to one function."""

    function_code = Text()
    remaining_uses = Integer(min_value=0)


class ProductInfo(Strict):
    """The product of a ticket."""

    id = Integer()
    name = Text()


class NoBody(Strict):
    """Nothing has to be sent."""
