import json
from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_cells import label
from config.admin_deeds import Deed
from config.admin_ground import ReadOnlyAdmin
from inventory.admin.stock_timeline import timeline

from .. import analytics, batches
from ..models import Batch, Ticket
from .histories import status_words
from .prices import price_lines

EXPIRE = Deed(
    title=_("Expire the rest"),
    explained=_("Tickets that are not sold yet expire; their units are free again."),
    done=_("%(result)s tickets expired."),
    act=lambda batch: partial(batches.expire_rest, batch=batch),
)
CANCEL = Deed(
    title=_("Cancel the rest"),
    explained=_("Tickets that are not sold yet are cancelled; their units are free again."),
    done=_("%(result)s tickets cancelled."),
    act=lambda batch: partial(batches.cancel_rest, partner=batch.partner, batch_id=batch.batch_id),
)


def _has_a_rest(batch: Batch) -> bool:
    return batch.tickets.filter(status=Ticket.Status.PRE_GENERATED).exists()


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """Pre-made tickets of one call: for whom, at what prices, and what became of them."""

    empty = _("Partners make batches by POST /api/ota/tickets/bulk-generate.")
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
    actions = ["expire_rest_of_chosen", "cancel_rest_of_chosen"]
    actions_detail = ["expire_rest", "cancel_rest"]
    while_so = {"expire_rest": _has_a_rest, "cancel_rest": _has_a_rest}
    readonly_fields = ["mode", "tickets_now", "prices", "campaign", "all_tickets", "history"]
    fieldsets = [
        (None, {"fields": ["batch_id", "partner", "product", "mode", "quantity", "id"]}),
        (_("Tickets"), {"fields": ["tickets_now", "all_tickets"]}),
        (_("Meant for"), {"fields": ["reseller", "intended_reseller", "batch_purpose"]}),
        (_("Prices when it was made"), {"fields": ["prices"]}),
        (_("Campaign"), {"fields": ["campaign"]}),
        (_("Time"), {"fields": ["created_at", "expires_at", "history"]}),
    ]

    def has_expire_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.expire_ticket")

    def has_cancel_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.cancel_ticket")

    @display(description=_("how it is sold"), ordering="distribution_mode")
    def mode(self, batch: Batch) -> str:
        return label(batch.get_distribution_mode_display(), "info")

    @display(description=_("meant for"))
    def meant_for(self, batch: Batch) -> str:
        return str(batch.reseller or batch.intended_reseller or "–")

    @display(description=_("by status"))
    def tickets_now(self, batch: Batch) -> str:
        counted = analytics.counts([batch])[batch.pk]
        words = status_words(Ticket)
        return "\n".join(f"{words.get(name, name)}: {number:,}" for name, number in counted.items())

    @display(description=_("prices"))
    def prices(self, batch: Batch) -> str:
        return "\n".join(price_lines(batch.pricing_snapshot))

    @display(description=_("as it was sent"))
    def campaign(self, batch: Batch) -> str:
        return json.dumps(batch.campaign, ensure_ascii=False, indent=1) if batch.campaign else "–"

    @display(description=_("history"))
    def history(self, batch: Batch) -> str:
        return timeline(batch.pk)

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
        return EXPIRE.to_one(self, request, object_id)

    @action(
        description=_("Cancel the rest"),
        icon="block",
        permissions=["cancel"],
        variant=ActionVariant.DANGER,
    )
    def cancel_rest(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then cancel what is not sold."""
        return CANCEL.to_one(self, request, object_id)

    @action(description=_("Expire the rest of the chosen batches"), permissions=["expire"])
    def expire_rest_of_chosen(self, request: HttpRequest, chosen: QuerySet[Batch]) -> HttpResponse:
        return EXPIRE.to_many(self, request, chosen)

    @action(description=_("Cancel the rest of the chosen batches"), permissions=["cancel"])
    def cancel_rest_of_chosen(self, request: HttpRequest, chosen: QuerySet[Batch]) -> HttpResponse:
        return CANCEL.to_many(self, request, chosen)
