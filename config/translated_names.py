"""Names of models and fields in the language of who reads them.

A model says them once, in English, and mostly by the name of a field alone. Here they become
messages, so that each app's catalogue translates them; the words the models were written with,
which migrations compare, stay as they are.
"""

from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

# Other packages' apps, by the group of the sidebar where their pages are found.
APPS = {"admin": "Staff", "auth": "Staff", "axes": "Staff"}
# And their models, as staff say: one, and many.
MODELS = {
    "auth.User": ("staff account", "staff accounts"),
    "auth.Group": ("role", "roles"),
    "axes.AccessAttempt": ("refused login", "refused logins"),
    "admin.LogEntry": ("staff log entry", "staff log"),
}
ROLES = ("auth.User", "groups")  # a role is called so where it is given, too


def make_translatable() -> None:
    """Every name, help text and choice of every model that is still plain text; names of apps."""
    for app in apps.get_app_configs():
        app.verbose_name = _lazy(APPS.get(app.label, app.verbose_name))
    for model in apps.get_models():
        _translate_model(model)
        for field in model._meta.local_fields:
            _translate_field(field)
    label, name = ROLES
    given: Any = apps.get_model(label)._meta.get_field(name)
    given.verbose_name = _lazy("roles")


def _translate_model(model: type[Model]) -> None:
    names: Any = model._meta
    if names.label in MODELS:
        names.verbose_name, names.verbose_name_plural = MODELS[names.label]
    elif "verbose_name_plural" not in names.original_attrs:  # Django puts an s behind the name
        names.verbose_name_plural = f"{names.verbose_name}s"
    names.verbose_name = _lazy(names.verbose_name)
    names.verbose_name_plural = _lazy(names.verbose_name_plural)


def _translate_field(field: Any) -> None:
    field.verbose_name = _lazy(field.verbose_name)
    field.help_text = _lazy(field.help_text)
    if field.choices:
        field.choices = [(value, _lazy(word)) for value, word in field.flatchoices]


def _lazy(text: Any) -> Any:
    # A choice of another package may be a number.
    return _(text) if text and isinstance(text, str) else text
