"""The ground every app's admin pages stand on."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.dataclasses import UnfoldAction
from unfold.views import ChangeList

from . import admin_lookups
from .actors import Actor
from .errors import title_of
from .masks import masked as masked
from .masks import masked_email as masked_email
from .masks import masked_phone as masked_phone

COUNTED = 10_000
LONGEST_IN_ONE_LINE = 40
Words = str | Promise


class CappedPaginator(Paginator):
    """Counts the first 10,000 rows: a list of millions opens as fast as a short one."""

    template_name = "admin/pagination_capped.html"
    cap = COUNTED

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: COUNTED + 1].count()
        return len(rows)


class TidyChangeList(ChangeList):
    """Says how many rows a filter or a search left, and nothing where none was asked for."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class TidyAdmin(ModelAdmin):
    """A model's pages: newest fifty, nothing counted that need not be.

    A UUID typed into the search box is looked for in the columns of `search_ids`, by their
    indexes; anything else in `search_fields`.
    """

    empty: Words = ""  # why the list may have no rows, and what brings the first
    search_ids: Sequence[str] = ()
    linked_by: Sequence[str] = ()  # fields that links of ours filter by, beside those of filters
    # Buttons of a row's page: whether it can still be done. Doors refuse it, and say why.
    while_so: Mapping[str, Callable[[Any], bool]] = MappingProxyType({})
    list_per_page = 50
    list_filter_submit = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = CappedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TidyChangeList

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        """What was chosen, done; there is nothing at an id that is none."""
        try:
            for each in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(each)
        except ValidationError:
            raise Http404 from None
        answer: HttpResponseBase | None = super().response_action(request, queryset)
        return answer

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """The buttons of a row's page, without those of what is over."""
        offered: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id)) if self.while_so else None
        if row is None:
            return offered
        over = {
            f"{self.opts.app_label}_{self.opts.model_name}_{name}"
            for name, holds in self.while_so.items()
            if not holds(row)
        }
        return [each for each in offered if each.action_name not in over]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """By what a filter or a link of ours names, and by no other column."""
        named = [*map(admin_lookups.named, self.get_list_filter(request)), self.date_hierarchy]
        if not admin_lookups.is_open(self.model, lookup, [*named, *self.linked_by]):
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        sought = _as_uuid(search_term)
        if sought is None or not self.search_ids:
            return super().get_search_results(request, queryset, search_term)
        found = Q(*((name, sought) for name in self.search_ids), _connector=Q.OR)
        return queryset.filter(found), False


class ReadOnly:
    """Nobody adds, changes or deletes it here, whatever their permissions."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, TidyAdmin):
    """Staff look at it here; it changes through use cases only."""


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows of something else, shown below what they belong to; `empty` says why there are none."""

    empty: Words = ""
    template = "admin/read_only_inline.html"
    extra = 0
    can_delete = False
    show_change_link = True


class TimelineInline(ReadOnlyInline):
    """The history rows of a status, oldest first: what it became, when, and who did it.

    `colours` paints a status: {"ACTIVE": "success", …}; `words` says how it is called.
    """

    template = "admin/timeline.html"
    verbose_name_plural = _("history")
    colours: dict[str, str] = {}
    words: Any = {}


def staff(request: HttpRequest, reason: str = "") -> Actor:
    """Who acts in the back office, as history rows name them."""
    name = f"staff:{request.user.get_username()}"[:80]
    return Actor(name, getattr(request, "request_id", ""), reason)


def wanted(admin: ModelAdmin, request: HttpRequest, object_id: str) -> Any:
    """The object an action page is about; raises Http404."""
    found = admin.get_object(request, object_id)
    if found is None:
        raise Http404
    return found


def ask(
    admin: ModelAdmin,
    request: HttpRequest,
    about: Model | None,
    form: Form,
    *,
    title: Words,
    submit: Words,
    explained: Words = "",
    danger: bool = False,
    kept: Iterable[tuple[str, str]] = (),
) -> TemplateResponse:
    """A page with one form, about one object or a list; it posts back to the same address.

    `kept` is posted along with what is asked.
    """
    asked = {"form": form, "submit_label": submit, "explained": explained, "danger": danger}
    return page(admin, request, "admin/ask.html", about, title=title, kept=kept, **asked)


def show_once(
    admin: ModelAdmin,
    request: HttpRequest,
    about: Model,
    secret: str,
    *,
    title: Words,
    explained: Words,
    picture: str = "",
) -> TemplateResponse:
    """The page that shows a new credential; nothing keeps it, so no page can show it again.

    `picture` is the credential as a QR code, for devices that read it by camera.
    """
    return page(
        admin,
        request,
        "admin/shown_once.html",
        about,
        title=title,
        secret=secret,
        explained=explained,
        picture=picture,
    )


def page(
    admin: ModelAdmin, request: HttpRequest, template: str, about: Model | None, **context: Any
) -> TemplateResponse:
    """A page of our own about one object or a list, dressed like the others of its model."""
    request.current_app = admin.admin_site.name
    return TemplateResponse(
        request,
        template,
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "original": about,
            **context,
        },
    )


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


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
