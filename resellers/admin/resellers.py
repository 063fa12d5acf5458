from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import FieldTextFilter, RelatedDropdownFilter
from unfold.decorators import display

from config.admin_cells import label
from config.admin_deeds import told
from config.admin_ground import staff
from config.admin_personal import PersonalAdmin
from config.errors import Refusal

from .. import registration
from ..models import Reseller
from .reseller_files import WithFiles
from .reseller_form import ResellerForm
from .reseller_history import ChangesInline
from .words import CONTACT

SHORT = 36  # characters: two lines of a phone
CONTRACTS = {"active": "success", "suspended": "warning", "ended": "danger"}
# The lists a reseller's sales stand in, and how each of them names it.
SALES = [
    (_("Batches"), "ticketing_batch", "reseller__id__exact"),
    (_("Tickets"), "ticketing_ticket", "batch__reseller__id__exact"),
    (_("Orders"), "ticketing_order", "batch__reseller__id__exact"),
    (_("Settlement entries"), "ticketing_settlemententry", "reseller__id__exact"),
]


class TakesBatchesFilter(admin.SimpleListFilter):
    """By whether a batch could be made for it today."""

    title = _("takes batches today")
    parameter_name = "takes_batches"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        day = timezone.localdate()
        started = Q(contract_start=None) | Q(contract_start__lte=day)
        running = Q(contract_end=None) | Q(contract_end__gte=day)
        in_force = started & running & Q(is_active=True, contract_status="active")
        return queryset.filter(in_force if self.value() == "yes" else ~in_force)


@admin.register(Reseller)
class ResellerAdmin(PersonalAdmin, WithFiles):
    """Who sells a partner's batches on; one leaves by being made inactive."""

    empty = _("Register the first reseller here, or import a file with many.")
    form = ResellerForm
    list_display = [
        "called",
        "owner",
        "commission",
        "cycle",
        "contract",
        "today",
        "standing",
    ]
    list_filter = [
        TakesBatchesFilter,
        "is_active",
        "contract_status",
        "settlement_cycle",
        ("tier", FieldTextFilter),
        ("region", FieldTextFilter),
        ("partner", RelatedDropdownFilter),
    ]
    list_select_related = ["partner"]
    personal = CONTACT
    search_fields = ["reseller_code", "name"]
    search_help_text = _("Code or name")
    inlines = [ChangesInline]
    readonly_fields = ["today", "sales", "created", "last_change"]
    fieldsets = [
        (None, {"fields": ["partner", "reseller_code", "name", "is_active", "today", "sales"]}),
        (
            _("Contract"),
            {"fields": ["contract_start", "contract_end", "contract_status", "commission_rate"]},
        ),
        (_("Settlement"), {"fields": ["settlement_cycle", "region", "tier"]}),
        (_("Contact"), {"fields": ["contact_name", "contact_email", "contact_phone"]}),
        (_("Record"), {"fields": ["reason", "created", "last_change"]}),
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Reseller | None = None
    ) -> Sequence[str]:
        # Batches and settlement entries are this partner's.
        own = super().get_readonly_fields(request, obj)
        return [*own, "partner"] if obj else own

    def has_delete_permission(self, request: HttpRequest, obj: Reseller | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As every form; what was taken between the look and the save is said."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refusal as refusal:
            messages.error(request, told(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Reseller, form: Form, change: Any) -> None:
        """Through the door, so that the history knows; only what was edited."""
        act: dict[str, Any] = {
            "at": timezone.now(),
            "by": staff(request, form.cleaned_data["reason"]),
        }
        said = form.changed_data if change else registration.FACTS
        facts = {name: form.cleaned_data[name] for name in registration.FACTS if name in said}
        if change:
            registration.amend(partner=obj.partner, reseller_id=obj.pk, **act, **facts)
        else:
            obj.pk = registration.register(partner=obj.partner, **act, **facts).pk

    @display(description=_("reseller"), ordering="reseller_code", header=True)
    def called(self, reseller: Reseller) -> list[str]:
        return [reseller.reseller_code, Truncator(reseller.name).chars(SHORT)]

    @display(description=_("partner"), ordering="partner")
    def owner(self, reseller: Reseller) -> str:
        return str(reseller.partner)

    @display(description=_("commission"), ordering="commission_rate")
    def commission(self, reseller: Reseller) -> str:
        return f"{100 * reseller.commission_rate:.2f}\N{NO-BREAK SPACE}%"

    @display(description=_("settlement cycle"), ordering="settlement_cycle")
    def cycle(self, reseller: Reseller) -> str:
        return gettext(reseller.get_settlement_cycle_display())

    @display(description=_("contract"), ordering="contract_status")
    def contract(self, reseller: Reseller) -> str:
        status = reseller.contract_status
        return label(gettext(reseller.get_contract_status_display()), CONTRACTS[status])

    @display(description=_("takes batches today"))
    def today(self, reseller: Reseller) -> str:
        takes = reseller.takes_batches(timezone.localdate())
        return label(_("yes"), "success") if takes else label(_("no"), "danger")

    @display(description=_("tier and region"), ordering="tier")
    def standing(self, reseller: Reseller) -> str:
        return ", ".join(filter(None, [reseller.tier, reseller.region])) or "–"

    @display(description=_("created"))
    def created(self, reseller: Reseller) -> str:
        return _moment(reseller.created_at)

    @display(description=_("last change"))
    def last_change(self, reseller: Reseller) -> str:
        return _moment(reseller.updated_at)

    @display(description=_("what it sells"))
    def sales(self, reseller: Reseller) -> SafeString:
        if not reseller.pk:
            return SafeString("–")
        links = [
            (reverse(f"admin:{model}_changelist"), lookup, reseller.pk, title)
            for title, model, lookup in SALES
        ]
        return format_html_join(" · ", '<a class="text-link" href="{}?{}={}">{}</a>', links)


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
