"""Moving stock from one pool of a product to the other: asked for, looked at, confirmed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from config.admin_asking import page
from config.admin_ground import staff, wanted
from config.errors import Refusal
from inventory import allocations
from inventory.admin.stock import ChannelAllocationAdmin
from inventory.errors import AlreadyMoved
from inventory.models import Channel, ChannelAllocation, Product

from .. import reallocation
from ..reallocation import Preview, Wish, named_product
from . import before_after
from .refusals import said

SECONDS = 900  # that a preview may be looked at before it is confirmed
MOST_UNITS = 2**31 - 1
PAGE = "admin:inventory_channelallocation_reallocate"
POOLS = "admin:inventory_channelallocation_changelist"

admin.site.unregister(ChannelAllocation)


class ReallocationForm(forms.Form):
    """What to move, and why."""

    product = forms.ModelChoiceField(
        Product.objects.all(), label=_("Product"), widget=UnfoldAdminSelectWidget()
    )
    source = forms.ChoiceField(
        label=_("From"), choices=Channel.choices, widget=UnfoldAdminSelectWidget()
    )
    target = forms.ChoiceField(
        label=_("To"), choices=Channel.choices, widget=UnfoldAdminSelectWidget()
    )
    units = forms.IntegerField(
        label=_("Units"),
        min_value=1,
        max_value=MOST_UNITS,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    demand = forms.IntegerField(
        label=_("Expected demand"),
        min_value=0,
        max_value=MOST_UNITS,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=_(
            "Units the receiving pool is expected to be asked for. Empty: what was measured in "
            "the last 24 hours."
        ),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("Kept in the history of both pools."),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("source") == given.get("target"):
            self.add_error("target", _("Choose another pool than the one units come from."))
        elif "product" in given and given["product"].allocations.count() < len(Channel):
            self.add_error("product", _("Its pools are not set up yet."))
        return given

    def wish(self) -> Wish:
        """The wish of a valid form; the demand is measured where none was given."""
        given = self.cleaned_data
        product_id, target, demand = given["product"].pk, given["target"], given["demand"]
        if demand is None:
            demand = reallocation.measured(product_id, target, at=timezone.now()).units
        return Wish(product_id, given["source"], target, given["units"], demand, given["reason"])


@admin.register(ChannelAllocation)
class PoolAdmin(ChannelAllocationAdmin):
    """The pools, and the page that moves units between them."""

    actions_list = ["reallocate"]
    actions_detail = ["move_from_here"]

    def has_reallocate_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("inventory.reallocate_stock")

    @action(
        description=_("Move stock"),
        icon="swap_horiz",
        permissions=["reallocate"],
        url_path="reallocate",
    )
    def reallocate(self, request: HttpRequest) -> HttpResponse:
        """Ask what to move, show what would become of it, and do it when it is confirmed."""
        if "sealed" in request.POST:
            return self._carried_out(request)
        form = ReallocationForm(request.POST or None, initial=_offered(request))
        if form.is_valid():
            return self._preview(request, form.wish())
        return self._page(request, form=form)

    @action(description=_("Move stock"), icon="swap_horiz", permissions=["reallocate"])
    def move_from_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page, with the free units of this pool's product to be moved out of it."""
        pool = wanted(self, request, object_id)
        target = next(channel for channel in Channel.values if channel != pool.channel)
        asked = f"product={pool.product_id}&source={pool.channel}&target={target}"
        return HttpResponseRedirect(f"{reverse(PAGE)}?{asked}")

    def _preview(self, request: HttpRequest, wish: Wish, status: int = 200) -> HttpResponse:
        seen = reallocation.preview(wish)
        sealed = signing.dumps(
            {"wish": wish.as_json(), "seen": seen.seen}, salt=_salt(request), compress=True
        )
        form = ReallocationForm(initial={**wish.as_json(), "product": wish.product_id})
        return self._page(request, form=form, wish=wish, seen=seen, sealed=sealed, status=status)

    def _carried_out(self, request: HttpRequest) -> HttpResponse:
        try:
            opened = signing.loads(request.POST["sealed"], salt=_salt(request), max_age=SECONDS)
        except signing.BadSignature:
            messages.error(request, _("This preview is too old, or not yours. Look again."))
            return HttpResponseRedirect(reverse(PAGE))
        wish = Wish(**opened["wish"])
        try:
            self._move(request, wish, opened["seen"])
        except AlreadyMoved as refusal:
            messages.info(request, str(said(refusal)))
        except Refusal as refusal:
            messages.error(request, str(said(refusal)))
            return self._preview(request, wish, status=refusal.status)
        return HttpResponseRedirect(self._afterwards(request, wish))

    def _move(self, request: HttpRequest, wish: Wish, seen: dict[str, int]) -> None:
        facts = wish.as_json()
        reason, move_id = facts.pop("reason"), facts.pop("id")
        allocations.reallocate(
            **facts,  # type: ignore[arg-type]
            move_id=move_id,  # type: ignore[arg-type]
            seen=seen,
            at=timezone.now(),
            by=staff(request, str(reason)),
        )
        words = _words(wish)
        done = f"Moved {wish.units} units from {wish.source} to {wish.target}: {wish.reason}"
        self.log_change(request, words["product"], done)
        told = _("%(units)s units of %(product)s went from %(source)s to %(target)s.")
        messages.success(request, told % words)

    def _afterwards(self, request: HttpRequest, wish: Wish) -> str:
        if self.has_view_permission(request):
            return f"{reverse(POOLS)}?product__id__exact={wish.product_id}"
        return f"{reverse(PAGE)}?product={wish.product_id}"

    def _page(
        self,
        request: HttpRequest,
        *,
        form: ReallocationForm,
        wish: Wish | None = None,
        seen: Preview | None = None,
        sealed: str = "",
        status: int = 200,
    ) -> HttpResponse:
        answer = page(
            self,
            request,
            "admin/reallocation.html",
            None,
            title=_("Move stock"),
            form=form,
            wish=wish,
            wanted=_words(wish) if wish else None,
            preview=seen,
            demand=_measured(form, wish),
            may_ask=request.user.has_perm("inventory.request_release"),
            table=before_after.table(seen.pools) if seen else None,
            checks=before_after.checks(seen) if seen else [],
            sealed=sealed if seen and seen.is_allowed else "",
        )
        answer.status_code = status
        return answer


def _offered(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with: the product and way of the address, and the measured demand."""
    offered: dict[str, Any] = {"source": Channel.DIRECT, "target": Channel.OTA}
    names = ("product", "source", "target", "units")
    offered |= {name: request.GET[name] for name in names if name in request.GET}
    product_id = named_product(str(offered.get("product", "")))
    if product_id and offered["target"] in Channel.values:
        measured = reallocation.measured(product_id, offered["target"], at=timezone.now())
        offered["demand"] = measured.units
    return offered


def _measured(form: ReallocationForm, wish: Wish | None) -> dict[str, str] | None:
    """What was measured for the product that is shown, to be read beside the form."""
    product_id = named_product(str(form["product"].value() or ""))
    target = form["target"].value()
    if wish:
        product_id, target = wish.product_id, wish.target
    if product_id is None or target not in Channel.values:
        return None
    found = reallocation.measured(product_id, target, at=timezone.now())
    return {"held": f"{found.held:,}", "refused": f"{found.refused:,}"}


def _words(wish: Wish) -> dict[str, Any]:
    """A wish as sentences name it."""
    return {
        "units": f"{wish.units:,}",
        "product": Product.objects.get(pk=wish.product_id),
        "source": Channel(wish.source).label,
        "target": Channel(wish.target).label,
    }


def _salt(request: HttpRequest) -> str:
    return f"ota.reallocation:{request.user.pk}"
