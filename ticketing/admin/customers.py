from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config.admin_ground import ReadOnlyAdmin, masked, masked_email, masked_phone

from ..models import Customer


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Who bought. A list shows nobody; a person's details are on the person's page only."""

    list_display = ["id", "name_shown", "email_shown", "phone_shown", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["email__iexact", "phone__exact"]
    search_ids = ["id"]
    search_help_text = _("The whole e-mail address or phone number, or a customer id")
    fieldsets = [
        (None, {"fields": ["id", "created_at"]}),
        (_("Personal data"), {"fields": ["name", "email", "phone", "special_requests"]}),
    ]

    @display(description=_("name"))
    def name_shown(self, customer: Customer) -> str:
        return masked(customer.name)

    @display(description=_("e-mail"))
    def email_shown(self, customer: Customer) -> str:
        return masked_email(customer.email)

    @display(description=_("phone"))
    def phone_shown(self, customer: Customer) -> str:
        return masked_phone(customer.phone)
