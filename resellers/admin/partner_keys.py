"""The keys of a partner, on its page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config.admin_cells import code
from config.admin_ground import ReadOnlyInline

from ..models import ApiKey
from .credentials import key_label


class KeysInline(ReadOnlyInline):
    """The partner's keys, newest first, and what can be done with each."""

    model = ApiKey
    hide_title = True
    verbose_name_plural = _("API keys")
    empty = _("This partner has no key, so it cannot call yet: “Issue key” makes one.")
    fields = readonly_fields = [
        "key",
        "label",
        "environment",
        "may",
        "state",
        "expires_at",
        "last_used_at",
        "change_it",
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        may_rotate = request.user.has_perm("resellers.add_apikey")
        may_revoke = request.user.has_perm("resellers.change_apikey")
        return [name for name in self.fields if name != "change_it" or (may_rotate and may_revoke)]

    @display(description=_("key"))
    def key(self, row: ApiKey) -> SafeString:
        return code(row.public_id)

    @display(description=_("permissions"))
    def may(self, row: ApiKey) -> str:
        return ", ".join(row.permissions)

    @display(description=_("state"))
    def state(self, row: ApiKey) -> str:
        return key_label(row)

    @display(description=_("change"))
    def change_it(self, row: ApiKey) -> SafeString:
        if row.state_at(timezone.now()) != ApiKey.State.LIVE:
            return SafeString("–")
        return format_html(
            '<span class="whitespace-nowrap"><a class="text-link" href="{}">{}</a> · '
            '<a class="text-link" href="{}">{}</a></span>',
            reverse("admin:resellers_apikey_rotate", args=[row.pk]),
            _("Rotate"),
            reverse("admin:resellers_apikey_revoke", args=[row.pk]),
            _("Revoke"),
        )
