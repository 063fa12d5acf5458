"""Lists as files: what a list shows with its filters, all pages of it, as CSV or XLSX."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from .admin_ground import ReadOnlyAdmin
from .admin_staff_log import note
from .spreadsheet_files import XLSX, xlsx
from .spreadsheets import csv_lines

MOST_ROWS = 50_000
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
Row = Sequence[object]


class WithExport(ReadOnlyAdmin):
    """The pages of what is looked at, with its list as a file."""

    list_after_template = "admin/export.html"
    columns: Sequence[str] = ()
    file_name = ""  # where the name of the model is not what it is called

    def row(self, shown: Any) -> Row:
        """One object as a row below `columns`."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export.<str:kind>", view, name=name), *super().get_urls()]

    def export(self, request: HttpRequest, kind: str) -> HttpResponse:
        """What the list shows with these filters; a list that is too long is not cut short."""
        if kind not in KINDS or not self.has_view_permission(request):
            raise Http404
        try:
            chosen = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return self._back(request)
        if chosen.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
            said = _("More than %(most)s rows: filter the list first.")
            messages.error(request, said % {"most": f"{MOST_ROWS:,}"})
            return self._back(request)
        rows = (self.row(each) for each in chosen)
        name = self.file_name or str(self.opts.verbose_name_plural)
        answer = as_file(kind, name, self.columns, rows)
        self._note(request, kind)
        return answer

    def _note(self, request: HttpRequest, kind: str) -> None:
        """In the staff log: who took the list away as a file, and which part of it."""
        # What was searched for may be somebody's name.
        asked = {name: "*" if name == "q" else each for name, each in request.GET.items()}
        filters = urlencode(asked, safe="*") or "none"
        note(
            request,
            self.model,
            f"Exported as {kind.upper()} with the filters: {filters}"[:500],
            name=self.file_name or str(self.opts.model_name),
            for_concrete_model=False,
        )

    def _back(self, request: HttpRequest) -> HttpResponse:
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{reverse(page)}?{query}")


def as_file(kind: str, name: str, columns: Sequence[str], rows: Iterable[Row]) -> HttpResponse:
    """Rows as a file to download, in which no cell is a formula."""
    if kind == "xlsx":
        data = xlsx(columns, rows)
    else:  # with the mark by which Excel knows UTF-8
        data = ("\ufeff" + "".join(csv_lines(columns, rows))).encode()
    answer = HttpResponse(data, content_type=KINDS[kind])
    file = f"{name.replace(' ', '-')}.{kind}"  # in any language: RFC 6266 has a place for that
    answer["Content-Disposition"] = content_disposition_header(True, file) or "attachment"
    return answer
