"""The partner protocol; names are those of the permission table in resellers/permissions.py."""

from django.urls import path

from .api import (
    batches,
    billing,
    bulk,
    inventory,
    orders,
    resellers,
    reservations,
    statements,
    tickets,
    webhooks,
)

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
    path("tickets/bulk-generate", bulk.BulkGenerateView.as_view(), name="bulk-generate"),
    path("tickets", tickets.TicketsView.as_view(), name="tickets"),
    path(
        "tickets/<str:ticket_code>/activate",
        tickets.TicketActivateView.as_view(),
        name="ticket-activate",
    ),
    path(
        "tickets/<str:ticket_code>/cancel",
        tickets.TicketCancelView.as_view(),
        name="ticket-cancel",
    ),
    path("batches", batches.BatchesView.as_view(), name="batches"),
    path("batches/<str:batch_id>", batches.BatchView.as_view(), name="batch"),
    path(
        "batches/<str:batch_id>/analytics",
        batches.BatchAnalyticsView.as_view(),
        name="batch-analytics",
    ),
    path("batches/<str:batch_id>/cancel", batches.BatchCancelView.as_view(), name="batch-cancel"),
    path("billing/summary", billing.BillingSummaryView.as_view(), name="billing-summary"),
    path("billing/statements", statements.StatementsView.as_view(), name="statements"),
    path(
        "billing/statements/<str:statement_id>",
        statements.StatementView.as_view(),
        name="statement",
    ),
    path("resellers", resellers.ResellersView.as_view(), name="resellers"),
    path("resellers/<str:reseller_id>", resellers.ResellerView.as_view(), name="reseller"),
    path("webhooks", webhooks.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<str:webhook_id>", webhooks.WebhookView.as_view(), name="webhook"),
    path(
        "webhooks/<str:webhook_id>/rotate-secret",
        webhooks.WebhookSecretView.as_view(),
        name="webhook-secret",
    ),
    path("webhooks/<str:webhook_id>/test", webhooks.WebhookTestView.as_view(), name="webhook-test"),
    path(
        "webhooks/<str:webhook_id>/deliveries",
        webhooks.DeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    path(
        "webhooks/deliveries/<str:delivery_id>/replay",
        webhooks.DeliveryReplayView.as_view(),
        name="delivery-replay",
    ),
    path("activate", orders.ActivateView.as_view(), name="activate"),
]
