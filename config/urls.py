"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from ota.api import operations
from ota.dashboard import page as dashboard
from ticketing.api import qr, scanner_page, venue, verify
from ticketing.api.payments import NotifyView

urlpatterns = [
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.prometheus, name="metrics"),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/second-step/", include("ota.entrance.urls")),
    path("admin/overview", dashboard.refreshed, name="overview"),
    path("admin/", admin.site.urls),
    path("api/ota/", include("ota.urls")),
    path("api/", include("direct.urls")),
    path("payments/notify", NotifyView.as_view(), name="payments-notify"),
    path("qr/verify", verify.VerifyView.as_view(), name="qr-verify"),
    path("qr/<str:ticket_code>", qr.qr, name="qr"),
    path("qr/<str:ticket_code>/info", qr.qr_info, name="qr-info"),
    path("venue/scan", venue.ScanView.as_view(), name="venue-scan"),
    path("venue/inspect", venue.InspectView.as_view(), name="venue-inspect"),
    path("venue/redemptions/<str:scan_id>/undo", venue.UndoView.as_view(), name="venue-undo"),
    path("venue/scanner", venue.ScannerView.as_view(), name="venue-scanner"),
    path("venue/", scanner_page.page, name="venue-page"),
    path("venue", RedirectView.as_view(pattern_name="venue-page")),  # as it is typed on a phone
    re_path(r"^MP_verify_([A-Za-z0-9]{16})\.txt\Z", verify.domain_proof, name="wechat-proof"),
    path("", include("ota.pages.urls")),
]
handler400 = "config.api.handlers.bad_request"
handler403 = "config.api.handlers.forbidden"
handler404 = "config.api.handlers.not_found"
handler500 = "config.api.handlers.server_error"
