from functools import partial

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_deeds import end
from config.admin_ground import ReadOnlyAdmin, wanted
from config.admin_personal import PersonalAdmin
from config.admin_staff_log import staff_log
from config.masks import masked, masked_email, masked_phone

from .. import customers
from ..models import Customer


@admin.register(Customer)
class CustomerAdmin(PersonalAdmin, ReadOnlyAdmin):
    """Who bought. Nobody is shown unmasked but by a click."""

    empty = _("Whoever an order is for appears here with the first order.")
    list_display = ["id", "name_masked", "email_masked", "phone_masked", "created_at"]
    list_filter = ["created_at"]
    personal = {
        "name": masked,
        "email": masked_email,
        "phone": masked_phone,
        "special_requests": masked,
    }
    actions_detail = ["erase"]
    while_so = {"erase": lambda person: person.erased_at is None}
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

    @display(description=_("history"))
    def history(self, customer: Customer) -> str:
        return staff_log(customer)

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
