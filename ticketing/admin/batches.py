import json
from functools import partial

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_ground import ReadOnlyAdmin, label, wanted

from .. import analytics, batches
from ..models import Batch
from .endings import end
from .prices import price_lines


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Pre-made tickets of one call: for whom, at what prices, and what became of them."""

    list_display = [
        "batch_id",
        "partner",
        "product",
        "quantity",
        "mode",
        "meant_for",
        "created_at",
        "expires_at",
    ]
    list_filter = [
        "distribution_mode",
        ("partner", RelatedDropdownFilter),
        ("product", RelatedDropdownFilter),
        ("reseller", AutocompleteSelectFilter),
        "created_at",
    ]
    list_select_related = ["partner", "product", "reseller"]
    search_fields = ["batch_id__startswith", "intended_reseller__icontains"]
    search_ids = ["id"]
    search_help_text = _("Batch id or the reseller it is meant for")
    actions_detail = ["expire_rest", "cancel_rest"]
    readonly_fields = ["mode", "tickets_now", "prices", "campaign", "all_tickets"]
    fieldsets = [
        (None, {"fields": ["batch_id", "partner", "product", "mode", "quantity", "id"]}),
        (_("Tickets"), {"fields": ["tickets_now", "all_tickets"]}),
        (_("Meant for"), {"fields": ["reseller", "intended_reseller", "batch_purpose"]}),
        (_("Prices when it was made"), {"fields": ["prices"]}),
        (_("Campaign"), {"fields": ["campaign"]}),
        (_("Time"), {"fields": ["created_at", "expires_at"]}),
    ]

    def has_expire_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.expire_ticket")

    def has_cancel_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.cancel_ticket")

    @display(description=_("sold"), ordering="distribution_mode")
    def mode(self, batch: Batch) -> str:
        return label(batch.get_distribution_mode_display(), "info")

    @display(description=_("meant for"))
    def meant_for(self, batch: Batch) -> str:
        return str(batch.reseller or batch.intended_reseller)

    @display(description=_("by status"))
    def tickets_now(self, batch: Batch) -> str:
        counted = analytics.counts([batch])[batch.pk]
        return "\n".join(f"{status}: {number:,}" for status, number in counted.items())

    @display(description=_("prices"))
    def prices(self, batch: Batch) -> str:
        return "\n".join(price_lines(batch.pricing_snapshot))

    @display(description=_("as it was sent"))
    def campaign(self, batch: Batch) -> str:
        return json.dumps(batch.campaign, ensure_ascii=False, indent=1) if batch.campaign else "–"

    @display(description=_("tickets"))
    def all_tickets(self, batch: Batch) -> SafeString:
        return format_html(
            '<a class="text-link" href="{}?batch__id__exact={}">{}</a>',
            reverse("admin:ticketing_ticket_changelist"),
            batch.pk,
            _("Every ticket of this batch"),
        )

    @action(description=_("Expire the rest"), icon="timer_off", permissions=["expire"])
    def expire_rest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then expire what is not sold."""
        batch = wanted(self, request, object_id)
        return end(
            self,
            request,
            batch,
            partial(batches.expire_rest, batch=batch),
            title=_("Expire the rest"),
            explained=_("Tickets that are not sold yet expire; their units are free again."),
            done=_("%(result)s tickets expired."),
        )

    @action(
        description=_("Cancel the rest"),
        icon="block",
        permissions=["cancel"],
        variant=ActionVariant.DANGER,
    )
    def cancel_rest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then cancel what is not sold."""
        batch = wanted(self, request, object_id)
        return end(
            self,
            request,
            batch,
            partial(batches.cancel_rest, partner=batch.partner, batch_id=batch.batch_id),
            title=_("Cancel the rest"),
            explained=_("Tickets that are not sold yet are cancelled; their units are free again."),
            done=_("%(result)s tickets cancelled."),
        )
