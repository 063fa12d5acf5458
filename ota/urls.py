"""The partner protocol; names are those of the permission table in resellers/permissions.py."""

from django.urls import path

from .api import inventory, orders, reservations

urlpatterns = [
    path("inventory", inventory.InventoryView.as_view(), name="inventory"),
    path("reserve", reservations.ReserveView.as_view(), name="reserve"),
    path("reservations", reservations.ReservationsView.as_view(), name="reservations"),
    path(
        "reservations/<str:reservation_id>",
        reservations.ReservationView.as_view(),
        name="reservation",
    ),
    path(
        "reservations/<str:reservation_id>/activate",
        reservations.ReservationActivateView.as_view(),
        name="reservation-activate",
    ),
    path("orders", orders.OrdersView.as_view(), name="orders"),
    path("orders/<str:order_id>", orders.OrderView.as_view(), name="order"),
    path("orders/<str:order_id>/tickets", orders.OrderTicketsView.as_view(), name="order-tickets"),
    path("activate", orders.ActivateView.as_view(), name="activate"),
]
