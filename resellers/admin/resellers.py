from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from config.admin_ground import TidyAdmin

from ..models import Reseller


@admin.register(Reseller)
class ResellerAdmin(TidyAdmin):
    """Who sells a partner's batches on; one leaves by being made inactive."""

    list_display = [
        "reseller_code",
        "name",
        "partner",
        "commission",
        "settlement_cycle",
        "contract_status",
        "is_active",
    ]
    list_filter = [
        "is_active",
        "contract_status",
        "settlement_cycle",
        ("partner", RelatedDropdownFilter),
    ]
    list_select_related = ["partner"]
    search_fields = ["reseller_code", "name"]
    search_help_text = _("Code or name")
    readonly_fields = ["created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["partner", "reseller_code", "name", "is_active"]}),
        (_("Contact"), {"fields": ["contact_name", "contact_email", "contact_phone"]}),
        (
            _("Contract"),
            {"fields": ["contract_start", "contract_end", "contract_status", "commission_rate"]},
        ),
        (_("Settlement"), {"fields": ["settlement_cycle", "region", "tier"]}),
        (_("Record"), {"fields": ["created_at", "updated_at"]}),
    ]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Reseller | None = None
    ) -> Sequence[str]:
        # Batches and settlement entries are this partner's.
        return [*self.readonly_fields, "partner"] if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Reseller | None = None) -> bool:
        return False

    @display(description=_("commission"), ordering="commission_rate")
    def commission(self, reseller: Reseller) -> str:
        return f"{100 * reseller.commission_rate:.2f} %"
