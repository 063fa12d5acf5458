from functools import partial

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_deeds import end
from config.admin_ground import ReadOnlyAdmin, masked, masked_email, masked_phone, wanted
from config.admin_staff_log import staff_log

from .. import customers
from ..models import Customer


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Who bought. A list shows nobody; a person's details are on the person's page only."""

    empty = _("Whoever an order is for appears here with the first order.")
    list_display = ["id", "name_shown", "email_shown", "phone_shown", "created_at"]
    list_filter = ["created_at"]
    actions_detail = ["erase"]
    search_fields = ["email__iexact", "phone__exact"]
    search_ids = ["id"]
    search_help_text = _("The whole e-mail address or phone number, or a customer id")
    readonly_fields = ["history"]
    fieldsets = [
        (None, {"fields": ["id", "created_at", "erased_at", "history"]}),
        (_("Personal data"), {"fields": ["name", "email", "phone", "special_requests"]}),
    ]

    def has_erase_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.erase_customer")

    @display(description=_("full name"))
    def name_shown(self, customer: Customer) -> str:
        return masked(customer.name)

    @display(description=_("history"))
    def history(self, customer: Customer) -> str:
        return staff_log(customer)

    @display(description=_("e-mail"))
    def email_shown(self, customer: Customer) -> str:
        return masked_email(customer.email)

    @display(description=_("phone"))
    def phone_shown(self, customer: Customer) -> str:
        return masked_phone(customer.phone)

    @action(
        description=_("Erase"),
        icon="person_remove",
        permissions=["erase"],
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then forget the person of this order."""
        customer = wanted(self, request, object_id)
        return end(
            self,
            request,
            customer,
            partial(customers.erase, customer_id=customer.pk),
            title=_("Erase person"),
            explained=_(
                "Name, e-mail address, phone number and special requests are gone for good. The "
                "order, its tickets and its sums stay."
            ),
            done=_("Erased: %(result)s."),
        )
