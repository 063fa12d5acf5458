from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, code, label

from ..models import PaymentNotice

COLOURS = {"applied": "success", "noted": "info", "rejected": "danger"}


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(ReadOnlyAdmin):
    """What the payment side told us, as it came; a rejected notice waits for somebody."""

    list_display = [
        "received_at",
        "result",
        "reason",
        "source",
        "event_id",
        "order",
        "changed_repeats",
    ]
    list_display_links = ["received_at", "event_id"]
    list_filter = ["outcome", "source", "reason", "received_at"]
    list_select_related = ["order"]
    search_fields = ["event_id__startswith", "order__order_id__exact"]
    search_help_text = _("Event id or order number")
    readonly_fields = ["result", "as_it_came"]
    fieldsets = [
        (None, {"fields": ["source", "event_id", "received_at", "order"]}),
        (_("Result"), {"fields": ["result", "reason", "answer", "changed_repeats"]}),
        (_("As it came"), {"fields": ["as_it_came"]}),
    ]

    @display(description=_("result"), ordering="outcome")
    def result(self, notice: PaymentNotice) -> str:
        return label(notice.outcome, COLOURS.get(notice.outcome))

    @display(description=_("signed body"))
    def as_it_came(self, notice: PaymentNotice) -> str:
        return code(bytes(notice.body).decode(errors="replace"))
