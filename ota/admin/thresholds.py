"""When the rules of alerts speak: limits that operators set, within what makes sense."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from config.admin_cells import label
from config.admin_edits import AsksWhy, EditAdmin

from ..alerts import rulebook
from ..models import AlertThreshold
from .alerts import COLOURS

NUMBERS = ("value", "minimum", "window_minutes")


class ThresholdForm(AsksWhy):
    """The numbers a rule has, each with its meaning, its range and what it was at first."""

    class Meta:
        model = AlertThreshold
        fields = ["is_enabled", "severity", *NUMBERS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = rulebook.RULES.get(self.instance.pk)
        for name, limit in (rule.limits if rule else {}).items():
            field = self.fields.get(name)
            if field is None:  # who only looks is shown no form
                continue
            field.required = True
            field.help_text = _("%(meaning)s; %(least)s to %(most)s, at first %(default)s.") % {
                "meaning": limit.meaning,
                "least": f"{limit.least:,}",
                "most": f"{limit.most:,}",
                "default": f"{limit.default:,}",
            }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        rule = rulebook.RULES.get(self.instance.pk)
        for name, limit in (rule.limits if rule else {}).items():
            number = given.get(name)
            if number is not None and not limit.least <= number <= limit.most:
                wording = _("Between %(least)s and %(most)s.")
                self.add_error(
                    name, wording % {"least": f"{limit.least:,}", "most": f"{limit.most:,}"}
                )
        return given


@admin.register(AlertThreshold)
class AlertThresholdAdmin(EditAdmin):
    """Every rule, whether it is on, and its limits; what was changed stands in the staff log."""

    empty = _("The rules come with the database: “manage.py migrate” writes them.")
    form = ThresholdForm
    list_display = ["what", "grade", "is_enabled", "value", "minimum", "window"]
    readonly_fields = ["what", "means", "says"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        rule = rulebook.RULES.get(str(obj.pk)) if obj else None
        return ["what", "means", "says", "is_enabled", "severity", *(rule.limits if rule else ())]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("rule"), ordering="rule")
    def what(self, threshold: AlertThreshold) -> str:
        return str(threshold)

    @display(description=_("severity"), ordering="severity")
    def grade(self, threshold: AlertThreshold) -> SafeString:
        return label(threshold.get_severity_display(), COLOURS.get(threshold.severity))

    @display(description=_("looks back"), ordering="window_minutes")
    def window(self, threshold: AlertThreshold) -> str:
        minutes = threshold.window_minutes
        return rulebook.span(minutes) if minutes else "–"

    @display(description=_("what it means"))
    def means(self, threshold: AlertThreshold) -> str:
        rule = rulebook.RULES.get(threshold.rule)
        return str(rule.means) if rule else "–"

    @display(description=_("what it says"))
    def says(self, threshold: AlertThreshold) -> str:
        rule = rulebook.RULES.get(threshold.rule)
        return rulebook.pattern(rule) if rule else "–"
