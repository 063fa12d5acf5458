"""The accounts of the staff, their roles, and what they did."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import RelatedOnlyFieldListFilter
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from config import staff_sessions
from config.admin_cells import label
from config.admin_deeds import end
from config.admin_edits import AsksWhy, EditAdmin
from config.admin_ground import ReadOnlyAdmin, wanted
from config.masks import masked_email

from ..entrance import two_factor

WAYS = {
    "add": _("may add"),
    "change": _("may change"),
    "delete": _("may delete"),
    "view": _("may view"),
}
ACTIONS = {1: (_("added"), "success"), 2: (_("changed"), "info"), 3: (_("deleted"), "danger")}
OF_SUPERUSERS = ["is_superuser", "user_permissions"]
# Who loses or gains one of these has to log in again.
STANDING = {"is_active", "is_staff", "is_superuser", "groups", "user_permissions"}

admin.site.unregister([User, Group])


class AccountForm(AsksWhy, UserChangeForm):
    """An account as it is edited, and why."""


class RoleForm(AsksWhy):
    """A role as it is edited, and why."""


@admin.register(User)
class UserAdmin(DjangoUserAdmin, EditAdmin):  # type: ignore[misc]
    """Who may enter, and in which role; nobody changes the own role, takes another's name
    or makes a superuser."""

    form = AccountForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email_masked", "roles", "enters", "last_login"]
    list_filter = ["is_active", "is_superuser", "groups"]
    search_fields = ["username", "email__iexact"]
    search_help_text = _("User name, or the whole e-mail address")
    actions_detail = ["log_out_everywhere", "reset_second_factor"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Histories name who acted by this name: with another one they would tell of somebody else.
        own = [*super().get_readonly_fields(request, obj), *(["username"] if obj else [])]
        if request.user.is_superuser:
            return own
        own += OF_SUPERUSERS
        may_assign = request.user.has_perm("ota.assign_roles") and obj != request.user
        return own if may_assign else [*own, "is_staff", "groups"]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by the beginning of an e-mail address, which would tell it letter by letter."""
        is_personal = lookup.partition("__")[0] in ("email", "first_name", "last_name")
        return not is_personal and super().lookup_allowed(lookup, value, request)

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return labelled(super().formfield_for_manytomany(db_field, request, **kwargs), db_field)

    def save_related(self, request: HttpRequest, form: Form, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and STANDING & set(form.changed_data):
            staff_sessions.end_all(form.instance)  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)

    def has_end_sessions_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return request.user.has_perm("ota.end_sessions") and self._may_touch(request, object_id)

    def has_reset_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        may = request.user.has_perm("ota.reset_authenticator")
        return may and self._may_touch(request, object_id)

    def _may_touch(self, request: HttpRequest, object_id: str) -> bool:
        return _may_touch(request, self.get_object(request, object_id) if object_id else None)

    @display(description=_("e-mail"))
    def email_masked(self, user: User) -> str:
        return masked_email(user.email) if user.email else ""

    @display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = [gettext(group.name) for group in user.groups.all()]
        return ", ".join([gettext("Superuser"), *names] if user.is_superuser else names) or "–"

    @display(description=_("may log in"), ordering="is_active")
    def enters(self, user: User) -> str:
        return label(_("yes"), "success") if user.is_active else label(_("no"), "danger")

    @action(description=_("Log out everywhere"), icon="logout", permissions=["end_sessions"])
    def log_out_everywhere(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then end every session of the account."""
        user = wanted(self, request, object_id)
        return end(
            self,
            request,
            user,
            partial(_log_out, user),
            title=_("Log out everywhere"),
            explained=_("Every browser this account is logged in with has to log in again."),
            done=_("Sessions ended: %(result)s."),
        )

    @action(
        description=_("Reset second factor"),
        icon="phonelink_erase",
        permissions=["reset"],
        variant=ActionVariant.DANGER,
    )
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then take the app and the backup codes away."""
        user = wanted(self, request, object_id)
        return end(
            self,
            request,
            user,
            partial(_reset, user),
            title=_("Reset second factor"),
            explained=_(
                "The authenticator app and the backup codes of this account end, and it is logged "
                "out. The next login sets up a new app. Make sure who asks for it."
            ),
            done=_("The second factor of %(result)s is reset."),
        )


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, EditAdmin):  # type: ignore[misc]
    """Roles: what their members may see and do."""

    form = RoleForm
    fields = ["name", "permissions"]
    list_display = ["role"]

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return labelled(super().formfield_for_manytomany(db_field, request, **kwargs), db_field)

    @display(description=_("role"), ordering="name")
    def role(self, group: Group) -> str:
        return gettext(group.name)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What staff did in the back office; what happened to stock and sales is in the histories."""

    empty = _("Nobody has changed anything in the back office yet.")
    list_display = ["action_time", "user", "did", "kind", "about", "message"]
    list_filter = ["action_flag", ("content_type", RelatedOnlyFieldListFilter), "action_time"]
    list_select_related = ["user", "content_type"]
    search_fields = ["object_repr", "change_message", "user__username"]
    search_help_text = _("Object, message or user name")
    date_hierarchy = "action_time"
    readonly_fields = ["did", "kind", "about", "message"]
    fields = ["action_time", "user", "did", "kind", "about", "object_id", "message"]

    @display(description=_("action"), ordering="action_flag")
    def did(self, entry: LogEntry) -> str:
        return label(*ACTIONS[entry.action_flag])

    @display(description=_("kind"), ordering="content_type")
    def kind(self, entry: LogEntry) -> str:
        model = entry.content_type and entry.content_type.model_class()
        return str(model._meta.verbose_name) if model else "–"

    @display(description=_("object"), ordering="object_repr")
    def about(self, entry: LogEntry) -> str:
        return entry.object_repr

    @display(description=_("what"))
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()


def _may_touch(request: HttpRequest, account: Any) -> bool:
    return account is None or request.user.is_superuser or not account.is_superuser


def _role(obj: Any) -> str:
    return gettext(obj.name)


def permission_words(permission: Any) -> str:
    """What a permission lets do, as its reader says it: `Orders · may view`."""
    way, _under, name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is None:  # of a table that is no more
        return str(permission)
    is_one_of_four = way in WAYS and name == model._meta.model_name
    about = capfirst(model._meta.verbose_name_plural)
    return f"{about} · {WAYS[way] if is_one_of_four else gettext(permission.name)}"


LABELS = {"groups": _role, "permissions": permission_words, "user_permissions": permission_words}


def labelled(field: Any, db_field: Any) -> Any:
    """A choice of rows, called in the reader's language."""
    if field is not None and db_field.name in LABELS:
        field.label_from_instance = LABELS[db_field.name]
    return field


def _log_out(user: User, **_how: Any) -> int:
    return staff_sessions.end_all(user)


def _reset(user: User, **_how: Any) -> User:
    two_factor.reset(user)
    staff_sessions.end_all(user)
    return user
