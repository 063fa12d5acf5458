"""How values stand in a cell or a line of the back office: amounts, moments, labels, links."""

from datetime import datetime
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from .errors import title_of

LONGEST_IN_ONE_LINE = 40


def money(amount: Any, currency: str = "") -> str:
    """An amount as staff read it: `HKD 1,288.00`; nothing where there is none."""
    return "" if amount is None else f"{currency}\N{NO-BREAK SPACE}{amount:,.2f}".strip()


def percent(part: int, whole: int) -> str:
    """A share as staff read it: `62.5 %`; nothing of nothing is a dash."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def units_by_type(counts: dict[str, int]) -> str:
    """`{"adult": 2, "child": 1}` as `2 adult, 1 child`."""
    return ", ".join(f"{units} {name}" for name, units in counts.items())


def label(text: object, colour: str | None = None) -> SafeString:
    """A word on a coloured ground: success, info, warning, danger, primary, or grey for None."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colour})


def moment(at: datetime | None) -> str:
    """A moment as the reader writes it, in Hong Kong; a dash for none."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else "–"


def refusal_words(code: str) -> str:
    """What a refusal is called and its code, as partners and logs call it; a dash for none."""
    title = title_of(code) if code else ""
    return f"{gettext(title)} ({code})" if title else code or "–"


def linked(about: Model | None, text: object = "") -> SafeString:
    """A link to the page of something, or a dash; it is called `text`, or what it calls itself."""
    if about is None:
        return SafeString("–")
    page = f"admin:{about._meta.app_label}_{about._meta.model_name}_change"
    return format_html(
        '<a class="text-link" href="{}">{}</a>', reverse(page, args=[about.pk]), text or about
    )


def code(text: object) -> SafeString:
    """A number or key in a fixed-width face, selected as a whole by one click."""
    if len(str(text)) <= LONGEST_IN_ONE_LINE:
        return format_html('<code class="select-all whitespace-nowrap">{}</code>', text)
    # What is longer than a phone is wide goes on below, instead of widening the page.
    return format_html(
        '<code class="select-all" style="overflow-wrap: anywhere; white-space: pre-wrap">{}</code>',
        text,
    )
