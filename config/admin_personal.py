"""Pages about people: masked for everybody, unmasked by one click that is written down."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from .admin_asking import page
from .admin_ground import TidyAdmin, wanted

log = structlog.get_logger("ota.staff")
PERMISSION = "ticketing.reveal_personal_data"
SECRETS = frozenset({"password"})


class PersonalAdmin(TidyAdmin):
    """A model's pages on which the fields of `personal` are shown through their masks.

    `{"email": masked_email}` puts `email_masked` into lists, and into the place of `email` on the
    page of everybody who may not edit it. No filter written into an address looks into them.
    """

    personal: Mapping[str, Callable[[str], str]] = {}
    change_form_outer_before_template = "admin/reveal.html"

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        for name, mask in self.personal.items():
            setattr(self, f"{name}_masked", _column(model, name, mask))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reveal)
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        return [path("<path:object_id>/reveal", view, name=name), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [self._shown(name) for name in options["fields"]]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        own = super().get_readonly_fields(request, obj)
        return [*own, *(f"{name}_masked" for name in self.personal)]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by the beginning of an e-mail address, which would tell it letter by letter."""
        field = lookup.partition("__")[0]
        if field in self.personal or field in SECRETS:
            return False
        return super().lookup_allowed(lookup, value, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        told = {"may_reveal": may_reveal(request) and not self.has_change_permission(request)}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def reveal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the masks hide, this once; who looked is in the staff log."""
        if not may_reveal(request) or not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = wanted(self, request, object_id)
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            messages.error(request, _("Say why: who looks is written into the staff log."))
            there = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(there, args=[row.pk]))
        note_look(request, row, list(self.personal))
        self.log_change(request, row, f"Revealed {', '.join(self.personal)}: {reason}")
        facts = [(_words(self.model, name), getattr(row, name)) for name in self.personal]
        title = _("Personal data")
        return page(self, request, "admin/revealed.html", row, title=title, facts=facts)

    def _shown(self, field: Any) -> Any:
        if isinstance(field, list | tuple):
            return [self._shown(each) for each in field]
        return f"{field}_masked" if field in self.personal else field


def may_reveal(request: HttpRequest) -> bool:
    """Whether somebody may see people unmasked, on pages and in files."""
    return request.user.has_perm(PERMISSION)


def note_look(request: HttpRequest, row: Model, fields: list[str]) -> None:
    """Say in the log who looked at whom; what was seen is not in it."""
    log.info(
        "ota.staff.revealed",
        staff=request.user.get_username(),
        what=row._meta.label_lower,
        row=str(row.pk),
        fields=fields,
    )


def _words(model: type[Model], name: str) -> Any:
    if name == "name":  # of a person; that of a thing is another word in Chinese
        return _("full name")
    return model._meta.get_field(name).verbose_name  # type: ignore[union-attr]


def _column(model: type[Model], name: str, mask: Callable[[str], str]) -> Callable[[Any], str]:
    def shown(row: Any) -> str:
        value = getattr(row, name)
        return mask(value) if value else ""

    shown.short_description = _words(model, name)  # type: ignore[attr-defined]
    return shown
