from functools import partial

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from config.admin_cells import money
from config.admin_deeds import end
from config.admin_ground import ReadOnlyAdmin, ReadOnlyInline, wanted
from config.admin_personal import PersonalAdmin
from config.admin_staff_log import staff_log
from config.masks import masked, masked_email
from customers.models import Account

from .. import customers
from ..models import Order
from .histories import status_label


class OrdersInline(ReadOnlyInline):
    """What an account ordered."""

    model = Order
    hide_title = True
    verbose_name_plural = _("orders")
    fields = readonly_fields = ["order_id", "product", "quantity", "total", "state", "created_at"]

    @display(description=_("status"))
    def state(self, order: Order) -> str:
        return status_label(order)

    @display(description=_("total"))
    def total(self, order: Order) -> str:
        return money(order.total_amount, order.currency)


@admin.register(Account)
class AccountAdmin(PersonalAdmin, ReadOnlyAdmin):
    """Customers who log in. Nobody is shown unmasked but by a click."""

    empty = _("Customers appear here when they register themselves.")
    list_display = ["id", "email_masked", "name_masked", "is_active", "created_at", "erased_at"]
    list_filter = ["is_active", "created_at"]
    personal = {"name": masked, "email": masked_email}
    search_fields = ["email__iexact"]
    search_ids = ["id"]
    search_help_text = _("The whole e-mail address, or the id of the account")
    actions_detail = ["erase"]
    while_so = {"erase": lambda person: person.erased_at is None}
    inlines = [OrdersInline]
    readonly_fields = ["history"]
    fieldsets = [
        (None, {"fields": ["id", "is_active", "created_at", "erased_at", "history"]}),
        (_("Personal data"), {"fields": ["name", "email"]}),
    ]

    def has_erase_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("customers.erase_account")

    @display(description=_("history"))
    def history(self, account: Account) -> str:
        return staff_log(account)

    @action(
        description=_("Erase"),
        icon="person_remove",
        permissions=["erase"],
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then close the account and forget the person in all its orders."""
        account = wanted(self, request, object_id)
        return end(
            self,
            request,
            account,
            partial(customers.erase, customer_id=account.pk),
            title=_("Erase customer"),
            explained=_(
                "Name, e-mail address, phone number and password are gone for good, and the "
                "login with them. Orders, tickets and sums stay."
            ),
            done=_("Erased: %(result)s."),
        )
