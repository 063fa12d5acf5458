"""Resellers as files: exported as they are filtered, imported after a look at every row."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from config import admin_exports, spreadsheet_files
from config.admin_deeds import ReasonForm
from config.admin_ground import TidyAdmin, staff
from config.admin_personal import may_reveal
from config.admin_staff_log import note
from config.errors import Refusal
from config.spreadsheet_files import Unreadable

from .. import columns, importing
from ..columns import Unsound
from ..importing import HEADER, MOST_ROWS, Changed, Row
from ..models import Reseller
from .words import CONTACT, KINDS, LABELS, shown, wrong

LIST = "admin:resellers_reseller_changelist"
SECONDS = 3600  # that a preview may be looked at before it is carried out
WHAT = "resellers"  # the file, and the entry in the staff log


class UploadForm(forms.Form):
    """The file with the resellers."""

    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("CSV in UTF-8 or XLSX, at most 2000 rows and 1 MiB."),
    )


class WithFiles(TidyAdmin):
    """The pages of an admin for resellers that read and write files."""

    actions_list = ["import_file"]
    list_after_template = "admin/reseller_export.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        return [
            path("export.<str:kind>", view, name="resellers_reseller_export"),
            *super().get_urls(),
        ]

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def export(self, request: HttpRequest, kind: str) -> HttpResponse:
        """What the list shows with these filters, all pages of it."""
        if kind not in admin_exports.KINDS or not self.has_view_permission(request):
            raise Http404
        try:
            chosen = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse(LIST))
        clear = may_reveal(request)
        rows = [_exported(each, clear) for each in chosen.select_related("partner")]
        contacts = "with contacts" if clear else "contacts masked"
        said = f"Exported {len(rows)} resellers as {kind.upper()}, {contacts}."
        note(request, Reseller, said, name=WHAT)
        return admin_exports.as_file(kind, WHAT, HEADER, rows)

    @action(description=_("Import"), icon="upload", permissions=["import"], url_path="import")
    def import_file(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, show what would become of each row, and do it when it is confirmed."""
        if "table" in request.POST:
            return self._carried_out(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if not form.is_valid():
            return self._page(request, form=form)
        try:
            data = form.cleaned_data["file"].read(spreadsheet_files.LARGEST + 1)
            table = spreadsheet_files.read(data, most=MOST_ROWS + 1)
            return self._preview(request, table)
        except Unreadable as error:
            form.add_error("file", str(error))
        except Unsound as error:
            for each in error.wrong:
                form.add_error("file", wrong(*each))
        return self._page(request, form=form)

    def _preview(
        self, request: HttpRequest, table: Any, why: ReasonForm | None = None
    ) -> HttpResponse:
        rows = importing.planned(table)
        sealed = signing.dumps(
            {"table": table, "shown": importing.digest(rows)}, salt=_salt(request), compress=True
        )
        return self._page(request, rows=rows, sealed=sealed, why=why)

    def _carried_out(self, request: HttpRequest) -> HttpResponse:
        try:
            sealed = signing.loads(request.POST["table"], salt=_salt(request), max_age=SECONDS)
        except signing.BadSignature:
            messages.error(request, _("This preview is too old. Choose the file again."))
            return HttpResponseRedirect(request.path)
        why = ReasonForm(request.POST)
        if not why.is_valid():
            return self._preview(request, sealed["table"], why)
        by = staff(request, why.cleaned_data["reason"])
        try:
            with transaction.atomic():
                number = importing.carry_out(
                    sealed["table"], shown=sealed["shown"], at=timezone.now(), by=by
                )
        except (Changed, Refusal):
            messages.error(request, _("The registry has changed meanwhile. Look again."))
            return self._preview(request, sealed["table"], why)
        note(request, Reseller, f"Imported {number} resellers: {by.reason}", name=WHAT)
        said = ngettext("%(number)s reseller imported.", "%(number)s resellers imported.", number)
        messages.success(request, said % {"number": number})
        return HttpResponseRedirect(reverse(LIST))

    def _page(
        self,
        request: HttpRequest,
        *,
        form: UploadForm | None = None,
        rows: list[Row] | None = None,
        sealed: str = "",
        why: ReasonForm | None = None,
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        told = [_told(row) for row in rows or []]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Import resellers"),
            "form": form or UploadForm(),
            "rows": told,
            "is_preview": rows is not None,
            "counts": [(*KINDS[kind], _number(rows or [], kind)) for kind in KINDS],
            "is_sound": not _number(rows or [], "wrong"),
            "is_change": _number(rows or [], "new") + _number(rows or [], "changed") > 0,
            "sealed": sealed,
            "why": why or ReasonForm(),
            "columns": ", ".join(HEADER),
        }
        return TemplateResponse(request, "admin/reseller_import.html", context)


def _told(row: Row) -> dict[str, Any]:
    title, colour = KINDS[row.kind]
    return {
        "number": row.number,
        "title": title,
        "colour": colour,
        "partner_id": row.partner_id[:40],
        "code": row.code[:40],
        "wrong": [
            (LABELS.get(column), wrong(column, code, said)) for column, code, said in row.wrong
        ],
        "changes": [
            (LABELS[name], shown(before), shown(after)) for name, before, after in row.changes
        ],
        "is_new": row.reseller is None,
    }


def _number(rows: list[Row], kind: str) -> int:
    return sum(row.kind == kind for row in rows)


def _exported(reseller: Reseller, clear: bool) -> list[Any]:
    row = columns.row_of(reseller)
    if not clear:  # a mask is no address and no number: such a file is not taken back
        row |= {name: mask(row[name]) for name, mask in CONTACT.items() if row[name]}
    return [reseller.partner.partner_id, *(row[name] for name in columns.PLACES)]


def _salt(request: HttpRequest) -> str:
    return f"resellers.import:{request.user.pk}"
