"""What the world and our own customers call, below /api/."""

from django.urls import path

from .api import catalog, logins, orders

urlpatterns = [
    path("catalog", catalog.CatalogView.as_view(), name="catalog"),
    path("auth/register", logins.RegisterView.as_view(), name="auth-register"),
    path("auth/token", logins.TokenView.as_view(), name="auth-token"),
    path("auth/token/refresh", logins.RefreshView.as_view(), name="auth-token-refresh"),
    path("auth/logout", logins.LogoutView.as_view(), name="auth-logout"),
    path("orders", orders.OrdersView.as_view(), name="direct-orders"),
    path("orders/<str:order_id>", orders.OrderView.as_view(), name="direct-order"),
    path(
        "orders/<str:order_id>/tickets",
        orders.OrderTicketsView.as_view(),
        name="direct-order-tickets",
    ),
    path(
        "orders/<str:order_id>/cancel",
        orders.OrderCancelView.as_view(),
        name="direct-order-cancel",
    ),
]
