"""The accounts of the staff, their groups, and what they did."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config.admin_ground import ReadOnlyAdmin, TidyAdmin, label

ACTIONS = {1: (_("added"), "success"), 2: (_("changed"), "info"), 3: (_("deleted"), "danger")}
RIGHTS = ["is_staff", "is_superuser", "groups", "user_permissions"]

admin.site.unregister([User, Group])


@admin.register(User)
class UserAdmin(DjangoUserAdmin, TidyAdmin):  # type: ignore[misc]
    """Who may enter; what somebody may do is given and taken by superusers only."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_active", "is_staff", "is_superuser", "last_login"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = list(super().get_readonly_fields(request, obj))
        return own if request.user.is_superuser else own + RIGHTS

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, TidyAdmin):  # type: ignore[misc]
    """Roles: what their members may see and do."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What staff did in the back office; what happened to stock and sales is in the histories."""

    list_display = ["action_time", "user", "did", "content_type", "object_repr", "message"]
    list_filter = ["action_flag", "content_type", "action_time"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message", "user__username"]
    search_help_text = _("Object, message or user name")
    date_hierarchy = "action_time"
    readonly_fields = ["did", "message"]
    fields = ["action_time", "user", "did", "content_type", "object_id", "object_repr", "message"]

    @display(description=_("action"), ordering="action_flag")
    def did(self, entry: LogEntry) -> str:
        return label(*ACTIONS[entry.action_flag])

    @display(description=_("what"))
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()


def _may_touch(request: HttpRequest, account: Any) -> bool:
    return account is None or request.user.is_superuser or not account.is_superuser
