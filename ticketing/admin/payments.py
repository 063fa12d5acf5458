from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config import logs
from config.admin_cells import code, label, refusal_words
from config.admin_ground import ReadOnlyAdmin

from ..models import PaymentNotice, RefusedNotice

COLOURS = {"applied": "success", "noted": "info", "rejected": "danger"}
# Why the money was not taken for the order, where it was no refusal of the order itself.
REASONS = {
    "unknown_order": _("no order has this number"),
    "order_of_another_source": _("the order belongs to another source"),
    "payment_failed": _("the payment failed"),
    "amount_mismatch": _("amount or currency are not the order's"),
}


@admin.register(PaymentNotice)
class PaymentNoticeAdmin(ReadOnlyAdmin):
    """What the payment side told us, as it came; a rejected notice waits for somebody."""

    empty = _("The payment side sends its notices to /payments/notify.")
    list_display = [
        "received_at",
        "result",
        "why",
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
    readonly_fields = ["result", "why", "as_it_came"]
    fieldsets = [
        (None, {"fields": ["result", "why", "order", "source", "event_id", "received_at"]}),
        (_("Answer"), {"fields": ["answer", "changed_repeats"]}),
        (_("As it came"), {"fields": ["as_it_came"]}),
    ]

    @display(description=_("result"), ordering="outcome")
    def result(self, notice: PaymentNotice) -> str:
        return label(notice.get_outcome_display(), COLOURS.get(notice.outcome))

    @display(description=_("reason"), ordering="reason")
    def why(self, notice: PaymentNotice) -> str:
        known = REASONS.get(notice.reason)
        return f"{known} ({notice.reason})" if known else refusal_words(notice.reason)

    @display(description=_("signed body"))
    def as_it_came(self, notice: PaymentNotice) -> str:
        return code(logs.masked(bytes(notice.body).decode(errors="replace")))


@admin.register(RefusedNotice)
class RefusedNoticeAdmin(ReadOnlyAdmin):
    """What came to the inbox and was not taken: forged, too old, or not to be understood."""

    empty = _("Nothing was refused: every notice so far was signed and could be read.")
    list_display = ["last_at", "why", "source", "times", "size", "first_at"]
    list_filter = ["reason", "last_at"]
    search_fields = ["source__exact", "request_id__exact"]
    search_help_text = _("Source or request id")
    readonly_fields = ["why", "as_it_came"]
    fieldsets = [
        (None, {"fields": ["why", "source", "times", "first_at", "last_at", "request_id"]}),
        (_("As it came"), {"fields": ["size", "as_it_came"]}),
    ]

    @display(description=_("reason"), ordering="reason")
    def why(self, notice: RefusedNotice) -> str:
        colour = "warning" if notice.reason == RefusedNotice.Reason.MALFORMED else "danger"
        return label(notice.get_reason_display(), colour)

    @display(description=_("its beginning"))
    def as_it_came(self, notice: RefusedNotice) -> str:
        return code(logs.masked(bytes(notice.body).decode(errors="replace")))
