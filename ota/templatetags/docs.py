"""Texts that stand in the code, as the documentation shows them."""

from django import template
from django.utils.translation import gettext

register = template.Library()


@register.filter
def told(text: str) -> str:
    """A text of a refusal in the language of the page, without the marks of code."""
    return gettext(text).replace("`", "") if text else ""
