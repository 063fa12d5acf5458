"""Products with their prices, discounts and functions; special dates; setting up pools."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import IntegrityError
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from config.admin_asking import ask
from config.admin_cells import money, percent
from config.admin_deeds import ReasonForm
from config.admin_edits import AsksWhy, EditAdmin
from config.admin_ground import staff, wanted

from .. import allocations
from ..models import (
    AllocationCounter,
    Channel,
    ChannelAllocation,
    CustomerDiscount,
    Product,
    ProductFunction,
    SpecialDate,
)

MOST_UNITS = 2**31 - 1


class ProductForm(AsksWhy):
    """A product; its capacity may not fall below what its pools already have.

    A capacity that was not touched stays what it is by now: an emergency release may have
    raised it while the form was open.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "capacity" in self.fields:  # it is not where the product is only looked at
            self.fields["capacity"].show_hidden_initial = True

    def clean_capacity(self) -> int:
        capacity: int = self.cleaned_data["capacity"]
        if self.instance.pk is not None:
            # Locked, so that no pool grows between this look and the commit.
            now = Product.objects.select_for_update(no_key=True).get(pk=self.instance.pk)
            if "capacity" not in self.changed_data:
                return now.capacity
            pooled = allocations.counters(self.instance.pk).values()
            needed = sum(counter.allocated for counter in pooled)
            if capacity < needed:
                raise forms.ValidationError(
                    _("The pools have %(units)d units: the capacity cannot be less."),
                    code="capacity_below_pools",
                    params={"units": needed},
                )
        return capacity


class PoolsForm(ReasonForm):
    """How many units each pool that does not exist yet starts with."""

    def __init__(self, *args: Any, missing: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for channel in missing:
            self.fields[channel] = forms.IntegerField(
                label=Channel(channel).label,
                min_value=0,
                max_value=MOST_UNITS,
                widget=UnfoldAdminIntegerFieldWidget(),
            )
        self.order_fields([*missing, "reason"])


class ProductInline(TabularInline):
    """Rows of a product; a field is called by its column for who hears the page."""

    extra = 0

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = field.label
        return field


class DiscountInline(ProductInline):
    model = CustomerDiscount
    verbose_name_plural = _("discounts off the day's price")


class FunctionInline(ProductInline):
    model = ProductFunction
    verbose_name_plural = _("functions a ticket entitles to")


@admin.register(Product)
class ProductAdmin(EditAdmin):
    """What is sold, at what price; a product is retired by making it inactive."""

    empty = _("Add the first product here, then set up its pools on its page.")
    form = ProductForm
    list_display = ["id", "name", "type", "weekday", "weekend", "ota", "direct", "is_active"]
    list_display_links = ["id", "name"]
    list_filter = ["is_active", "type"]
    search_fields = ["name", "id__exact"]
    search_help_text = _("Name or product id")
    inlines = [DiscountInline, FunctionInline]
    actions_detail = ["move_stock", "set_up_pools"]
    readonly_fields = ["pools", "channel_allocations_json", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["id", "name", "type", "is_active"]}),
        (_("Price of one unit"), {"fields": ["weekday_price", "weekend_price", "currency"]}),
        (_("Stock"), {"fields": ["capacity", "pools", "channel_allocations_json"]}),
        (_("Record"), {"fields": ["created_at", "updated_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        pools = ChannelAllocation.objects.select_related("counter")
        return super().get_queryset(request).prefetch_related(Prefetch("allocations", pools))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> Sequence[str]:
        return [*self.readonly_fields, "id"] if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """A new product has neither pools nor a record yet."""
        if obj:
            return super().get_fieldsets(request, obj)
        what, price, (stock, _all), _record = self.fieldsets
        later = _("Its pools are set up on its page, once it is saved.")
        return [what, price, (stock, {"fields": ["capacity"], "description": later})]

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False

    def has_set_up_pools_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("inventory.add_channelallocation")

    def has_move_stock_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("inventory.reallocate_stock")

    @display(description=_("weekday"), ordering="weekday_price")
    def weekday(self, product: Product) -> str:
        return money(product.weekday_price, product.currency)

    @display(description=_("weekend"), ordering="weekend_price")
    def weekend(self, product: Product) -> str:
        return money(product.weekend_price, product.currency)

    @display(description=_("free for partners"))
    def ota(self, product: Product) -> str:
        return _left(product, Channel.OTA)

    @display(description=_("free for direct sales"))
    def direct(self, product: Product) -> str:
        return _left(product, Channel.DIRECT)

    @display(description=_("pools"))
    def pools(self, product: Product) -> str:
        rows = [
            _numbers(pool.get_channel_display(), pool.counter) for pool in product.allocations.all()
        ]
        return render_to_string("admin/pools.html", {"pools": rows})

    @display(description=_("pools as JSON (channel_allocations)"))
    def channel_allocations_json(self, product: Product) -> SafeString:
        return format_html("<code>{}</code>", json.dumps(product.channel_allocations))

    @action(description=_("Move stock"), icon="swap_horiz", permissions=["move_stock"])
    def move_stock(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page that moves units between pools, about this product."""
        product = wanted(self, request, object_id)
        page = reverse("admin:inventory_channelallocation_reallocate")
        return HttpResponseRedirect(f"{page}?product={product.pk}")

    @action(description=_("Set up pools"), icon="water", permissions=["set_up_pools"])
    def set_up_pools(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the product the pools it does not have yet."""
        product = wanted(self, request, object_id)
        missing = [channel for channel in Channel.values if channel not in _pools(product)]
        page = reverse("admin:inventory_product_change", args=[product.pk])
        if not missing:
            messages.info(request, _("Every channel has its pool. Reallocate to move units."))
            return HttpResponseRedirect(page)
        form = PoolsForm(request.POST or None, missing=missing)
        if form.is_valid() and self._set_up(request, product, form):
            messages.success(request, _("The pools are set up."))
            return HttpResponseRedirect(page)
        explained = _("Together the pools may have %(units)s units, the product's capacity.")
        return ask(
            self,
            request,
            product,
            form,
            title=_("Set up pools"),
            submit=_("Set up"),
            explained=explained % {"units": f"{product.capacity:,}"},
        )

    def _set_up(self, request: HttpRequest, product: Product, form: PoolsForm) -> bool:
        units = {**form.cleaned_data}
        reason = units.pop("reason")
        try:
            allocations.set_up(product, units, at=timezone.now(), by=staff(request, reason))
        except IntegrityError as error:
            if _broken_law(error) != "pools_fit_capacity":
                raise
            form.add_error(None, _("Together the pools would exceed the product's capacity."))
            return False
        self.log_change(request, product, f"Set up pools: {json.dumps(units)}. {reason}")
        return True


@admin.register(SpecialDate)
class SpecialDateAdmin(EditAdmin):
    """Days on which every price is multiplied."""

    empty = _("Add days on which every price is multiplied, such as public holidays.")
    list_display = ["date", "weekday", "times"]
    fields = ["date", "multiplier"]
    date_hierarchy = "date"

    @display(description=_("weekday"))
    def weekday(self, special: SpecialDate) -> str:
        return date_format(special.date, "l")

    @display(description=_("multiplier"), ordering="multiplier")
    def times(self, special: SpecialDate) -> str:
        return f"×{special.multiplier.normalize():f}"


def _pools(product: Product) -> dict[str, AllocationCounter]:
    """The counters by channel, of a product whose pools were fetched with it."""
    return {pool.channel: pool.counter for pool in product.allocations.all()}


def _numbers(name: str, counter: AllocationCounter) -> dict[str, object]:
    used = counter.reserved + counter.sold
    return {
        **{field: f"{units:,}" for field, units in counter.as_json().items()},
        "name": name,
        "free": f"{counter.allocated - used:,}",
        "utilisation": percent(used, counter.allocated),
        "bar": 100 * used // counter.allocated if counter.allocated else 0,
    }


def _left(product: Product, channel: str) -> str:
    counter = _pools(product).get(channel)
    if counter is None:
        return ""
    free = counter.allocated - counter.reserved - counter.sold
    said = {"free": f"{free:,}", "allocated": f"{counter.allocated:,}"}
    return _("%(free)s of %(allocated)s") % said


def _broken_law(error: IntegrityError) -> str | None:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
