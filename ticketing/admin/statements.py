"""Statements: closed by the clock or by hand, printed, disputed, marked as paid."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from config.admin_asking import ask
from config.admin_cells import code, linked, money
from config.admin_deeds import ReasonForm, end
from config.admin_exports import KINDS, Row, WithExport, as_file
from config.admin_ground import staff, wanted

from .. import settlement, statement_lines
from ..models import Statement, StatementMove
from ..statement_lines import Line
from .histories import HistoryAdmin, HistoryInline, status_label
from .statement_page import printed

LIST = "admin:ticketing_statement_changelist"
# Read from the object as they are, on the page and in files.
FIGURES = ("lines_count", "activations", "reversals", "adjustments")


class StatementHistoryInline(HistoryInline):
    model = StatementMove


@admin.register(Statement)
class StatementAdmin(WithExport):
    """Closed periods of resellers and of direct sales; only their status ever changes."""

    empty = _(
        "Statements are made when a period with entries is over, every hour or by “Close what is "
        "over”."
    )
    list_display = [
        "name",
        "state",
        "partner",
        "reseller_name",
        "period_start",
        "period_end",
        "gross_amount",
        "commission_amount",
        "net_amount",
    ]
    list_filter = [
        "status",
        ("partner", RelatedDropdownFilter),
        ("reseller", RelatedDropdownFilter),
        "cycle",
        "period_end",
    ]
    list_select_related = ["partner", "reseller"]
    search_fields = ["reseller_code__exact", "checksum__exact", "partner__partner_id__exact"]
    search_ids = ["id"]
    search_help_text = _("Reseller code, partner id, checksum or an id")
    actions_list = ["close_due"]
    actions_detail = ["print_page", "dispute", "settle"]
    while_so = {
        "dispute": lambda statement: statement.can_become(Statement.Status.DISPUTED),
        "settle": lambda statement: statement.can_become(Statement.Status.SETTLED),
    }
    inlines = [StatementHistoryInline]
    readonly_fields = [
        "name", "state", "the_partner", "the_reseller", "gross_amount", "commission_amount",
        "net_amount", "adjusted", "all_lines", "files", "proof",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["name", "state", "the_partner", "the_reseller"]}),
        (_("Period"), {"fields": ["cycle", "period_start", "period_end", "created_at"]}),
        (
            _("Amounts"),
            {"fields": ["gross_amount", "commission_amount", "net_amount", "adjusted"]},
        ),
        (_("Lines"), {"fields": [*FIGURES, "all_lines", "files", "proof"]}),
    ]
    columns = (
        "statement", "partner_id", "partner_name", "reseller_code", "reseller_name",
        "period_start", "period_end", *FIGURES, "gross", "commission", "net", "adjustments_net",
        "currency", "status", "checksum",
    )  # fmt: skip

    def row(self, shown: Statement) -> Row:
        own = {"statement": str(shown), "partner_id": shown.partner.partner_id}
        return [own.get(name) or getattr(shown, name) for name in self.columns]

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("<uuid:pk>/print", page(self.printed), name="ticketing_statement_print"),
            path("<uuid:pk>/lines.<str:kind>", page(self.lines), name="ticketing_statement_lines"),
            *super().get_urls(),
        ]

    def has_close_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.close_statement")

    def has_dispute_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.dispute_statement")

    def has_settle_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ticketing.settle_statement")

    @display(description=_("statement"), ordering="number")
    def name(self, statement: Statement) -> str:
        return str(statement)

    @display(description=_("status"), ordering="status")
    def state(self, statement: Statement) -> str:
        return status_label(statement)

    @display(description=_("partner"))
    def the_partner(self, statement: Statement) -> str:
        return linked(statement.partner)

    @display(description=_("reseller"))
    def the_reseller(self, statement: Statement) -> str:
        return linked(statement.reseller)

    @display(description=_("gross"), ordering="gross")
    def gross_amount(self, statement: Statement) -> str:
        return money(statement.gross, statement.currency)

    @display(description=_("commission"), ordering="commission")
    def commission_amount(self, statement: Statement) -> str:
        return money(statement.commission, statement.currency)

    @display(description=_("net"), ordering="net")
    def net_amount(self, statement: Statement) -> str:
        return money(statement.net, statement.currency)

    @display(description=_("of it adjustments, net"))
    def adjusted(self, statement: Statement) -> str:
        return money(statement.adjustments_net, statement.currency)

    @display(description=_("checksum"))
    def proof(self, statement: Statement) -> SafeString:
        return code(statement.checksum)

    @display(description=_("lines"))
    def all_lines(self, statement: Statement) -> SafeString:
        where = reverse("admin:ticketing_statementline_changelist")
        text = _("Every line of this statement")
        link = '<a class="text-link" href="{}?statement__id__exact={}">{}</a>'
        return format_html(link, where, statement.pk, text)

    @display(description=_("as a file"))
    def files(self, statement: Statement) -> SafeString:
        csv, xlsx = (
            reverse("admin:ticketing_statement_lines", args=[statement.pk, kind]) for kind in KINDS
        )
        link = '<a class="text-link" href="{}">CSV</a> · <a class="text-link" href="{}">XLSX</a>'
        return format_html(link, csv, xlsx)

    def lines(self, request: HttpRequest, pk: str, kind: str) -> HttpResponse:
        """All lines of a statement as a file."""
        statement = wanted(self, request, str(pk))
        self._expect_viewer(request, kind in KINDS)
        rows = statement_lines.file_rows(statement)
        self.log_change(request, statement, f"Exported its lines as {kind.upper()}")
        return as_file(kind, f"{statement}-{statement.period_end}", Line._fields, rows)

    def printed(self, request: HttpRequest, pk: str) -> HttpResponse:
        """A statement on sheets of A4, in the language of the page or of `lang`."""
        statement = wanted(self, request, str(pk))
        self._expect_viewer(request, True)
        return printed(statement, request.GET.get("lang", ""))

    def _expect_viewer(self, request: HttpRequest, is_known: bool) -> None:
        if not is_known or not self.has_view_permission(request):
            raise Http404

    @action(description=_("Close what is over"), icon="event_available", permissions=["close"])
    def close_due(self, request: HttpRequest) -> HttpResponse:
        """Ask why, then close every period that is over, as beat does every hour."""
        form = ReasonForm(request.POST or None)
        if not form.is_valid():
            return ask(
                self,
                request,
                None,
                form,
                title=_("Close what is over"),
                submit=_("Close periods"),
                explained=_(
                    "Every account with open entries gets a statement for each of its periods that "
                    "is over. What is closed already stays as it is."
                ),
            )
        by = staff(request, form.cleaned_data["reason"])
        made = list(settlement.sweep(at=timezone.now(), by=by))
        said = ngettext("%(number)s statement made.", "%(number)s statements made.", len(made))
        messages.success(request, said % {"number": len(made)})
        return HttpResponseRedirect(reverse(LIST))

    @action(description=_("Print"), icon="print", permissions=["view"])
    def print_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To the page that is printed."""
        return HttpResponseRedirect(reverse("admin:ticketing_statement_print", args=[object_id]))

    @action(description=_("Note a dispute"), icon="report", permissions=["dispute"])
    def dispute(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what is not agreed with, and keep it."""
        statement = wanted(self, request, object_id)
        return end(
            self,
            request,
            statement,
            partial(settlement.dispute, statement_id=statement.pk),
            title=_("Note a dispute"),
            explained=_("What is not agreed with? The partner reads it too."),
            done=_("The dispute of %(result)s is noted."),
        )

    @action(description=_("Mark as settled"), icon="paid", permissions=["settle"])
    def settle(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how it was paid, and mark it."""
        statement = wanted(self, request, object_id)
        return end(
            self,
            request,
            statement,
            partial(settlement.settle, statement_id=statement.pk),
            title=_("Mark as settled"),
            explained=_("How was it paid? The partner reads it too."),
            done=_("%(result)s is settled."),
        )


@admin.register(StatementMove)
class StatementMoveAdmin(HistoryAdmin):
    """What became of statements, newest first."""
