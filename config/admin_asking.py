"""Pages of our own beside those of a model: they ask something, or show it this once."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from .admin_ground import Words


def ask(
    admin: ModelAdmin,
    request: HttpRequest,
    about: Model | None,
    form: Form,
    *,
    title: Words,
    submit: Words,
    explained: Words = "",
    danger: bool = False,
    kept: Iterable[tuple[str, str]] = (),
) -> TemplateResponse:
    """A page with one form, about one object or a list; it posts back to the same address.

    `kept` is posted along with what is asked.
    """
    asked = {"form": form, "submit_label": submit, "explained": explained, "danger": danger}
    return page(admin, request, "admin/ask.html", about, title=title, kept=kept, **asked)


def show_once(
    admin: ModelAdmin,
    request: HttpRequest,
    about: Model,
    secret: str,
    *,
    title: Words,
    explained: Words,
    picture: str = "",
) -> TemplateResponse:
    """The page that shows a new credential; nothing keeps it, so no page can show it again.

    `picture` is the credential as a QR code, for devices that read it by camera.
    """
    return page(
        admin,
        request,
        "admin/shown_once.html",
        about,
        title=title,
        secret=secret,
        explained=explained,
        picture=picture,
    )


def page(
    admin: ModelAdmin, request: HttpRequest, template: str, about: Model | None, **context: Any
) -> TemplateResponse:
    """A page of our own about one object or a list, dressed like the others of its model."""
    request.current_app = admin.admin_site.name
    return TemplateResponse(
        request,
        template,
        {
            **admin.admin_site.each_context(request),
            "opts": admin.opts,
            "original": about,
            **context,
        },
    )
