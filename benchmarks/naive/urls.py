"""The addresses of the control, and two empty views: what the server and the frameworks cost."""

from django.urls import path

from . import gate, views

urlpatterns = [
    path("empty/django", views.empty),
    path("empty/framework", views.EmptyView.as_view()),
    path("api/ota/reserve", views.ReserveView.as_view()),
    path("api/ota/inventory", views.InventoryView.as_view()),
    path("venue/scan", gate.ScanView.as_view()),
]
