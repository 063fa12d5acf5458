"""Pages of the back office that belong to no model: apps above register them here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class AdminPage:
    """A page below /admin/, found as `admin:<name>`."""

    route: str
    name: str
    view: View


REGISTERED: list[AdminPage] = []


def page(route: str, *, name: str, permission: str) -> Callable[[View], View]:
    """Hang a view below /admin/ for staff who have the permission; anybody else is refused."""

    def registered(view: View) -> View:
        guarded = permission_required(permission, raise_exception=True)(view)
        REGISTERED.append(AdminPage(route, name, guarded))
        return guarded

    return registered


def dressed(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    """A template as a page of the back office, with its sidebar."""
    request.current_app = admin.site.name
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
