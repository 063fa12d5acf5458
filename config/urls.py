"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ota.api import operations
from ticketing.api.payments import NotifyView

urlpatterns = [
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.prometheus, name="metrics"),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("api/ota/", include("ota.urls")),
    path("payments/notify", NotifyView.as_view(), name="payments-notify"),
    path("", include("ota.pages.urls")),
]
handler400 = "config.api.handlers.bad_request"
handler403 = "config.api.handlers.forbidden"
handler404 = "config.api.handlers.not_found"
handler500 = "config.api.handlers.server_error"
