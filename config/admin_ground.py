"""The ground every app's admin pages stand on."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.dataclasses import UnfoldAction
from unfold.views import ChangeList

from . import admin_lookups
from .actors import Actor

COUNTED = 10_000
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


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
