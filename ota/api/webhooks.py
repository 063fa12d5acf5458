"""A partner's webhooks: whom we tell what happens, and the log of what was told."""

from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.answers import answers
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import id_or, read, read_query
from ticketing.api.shapes import NoBody

from ..errors import (
    DeliveryNotFound,
    DeliveryPending,
    DuplicateWebhook,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookNotFound,
)
from ..models import Event, WebhookEndpoint
from ..webhooks import endpoints, signing
from . import examples, webhook_examples
from .partner_view import PartnerView, idempotent, idempotent_by_reference, repeatable
from .webhook_shapes import (
    CreatedWebhook,
    DeliveryDetails,
    DeliveryQuery,
    NewSecret,
    WebhookDetails,
    WebhookIn,
    WebhookPatchIn,
    delivery_details,
    webhook_details,
    with_secret,
)


class WebhooksView(PartnerView):
    @answers(
        200,
        listing("webhooks", WebhookDetails),
        query=ListQuery,
        operation="list_webhooks",
        example=examples.page_of("webhooks", webhook_examples.WEBHOOK),
    )
    def get(self, request: Request) -> Response:
        """Your webhooks, newest first.

        With what they are told, and since when one fails or is turned off.
        """
        paging = read_query(request, ListQuery)["paging"]
        page = paginate(WebhookEndpoint.objects.of(self.partner), paging)
        return Response(page.body("webhooks", [webhook_details(row) for row in page.rows]))

    @answers(
        201,
        CreatedWebhook,
        request=WebhookIn,
        refusals=[TooManyWebhooks, DuplicateWebhook],
        operation="create_webhook",
        example=webhook_examples.CREATED,
        request_example=webhook_examples.WEBHOOK_REQUEST,
    )
    @idempotent_by_reference(with_secret)
    def post(self, request: Request) -> Response:
        """Register a webhook.

        It is told what happens from now on, signed with the `secret` of this answer, which is
        shown this once. At most ten.
        """
        wish = {"events": Event.values, **read(request, WebhookIn)}
        endpoint, secret = endpoints.register(partner=self.partner, at=timezone.now(), **wish)
        return Response({**webhook_details(endpoint), "secret_row": secret.pk}, 201)


class WebhookView(PartnerView):
    @answers(
        200,
        WebhookDetails,
        refusals=[WebhookNotFound],
        operation="get_webhook",
        example=webhook_examples.WEBHOOK,
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        """One of your webhooks.

        Its secret is not shown again; if it is lost, change it.
        """
        endpoint = WebhookEndpoint.objects.found(self.partner, _webhook(webhook_id))
        return Response(webhook_details(endpoint))

    @answers(
        200,
        WebhookDetails,
        request=WebhookPatchIn,
        refusals=[WebhookNotFound, DuplicateWebhook],
        operation="change_webhook",
        example=webhook_examples.WEBHOOK,
        request_example=webhook_examples.WEBHOOK_PATCH,
    )
    @repeatable
    def patch(self, request: Request, webhook_id: str) -> Response:
        """Change a webhook, or turn it off and on.

        What waits while it is off is sent when it is on again; what happens meanwhile is not told.
        """
        wish = read(request, WebhookPatchIn)
        endpoint = endpoints.amend(
            partner=self.partner, endpoint_id=_webhook(webhook_id), at=timezone.now(), **wish
        )
        return Response(webhook_details(endpoint))

    @answers(204, refusals=[WebhookNotFound], operation="delete_webhook")
    @repeatable
    def delete(self, request: Request, webhook_id: str) -> Response:
        """Delete a webhook.

        Nothing more is sent to it, not even what waits.
        """
        endpoints.remove(partner=self.partner, endpoint_id=_webhook(webhook_id), at=timezone.now())
        return Response(status=204)


class WebhookSecretView(PartnerView):
    @answers(
        200,
        NewSecret,
        request=NoBody,
        refusals=[WebhookNotFound],
        operation="rotate_webhook_secret",
        example=webhook_examples.NEW_SECRET,
        request_example={},
    )
    @idempotent_by_reference(with_secret)
    def post(self, request: Request, webhook_id: str) -> Response:
        """Change the secret of a webhook.

        For a day notices carry a signature with the new secret and one with the old.
        """
        read(request, NoBody, optional=True)
        at, endpoint_id = timezone.now(), _webhook(webhook_id)
        secret = endpoints.rotate_secret(partner=self.partner, endpoint_id=endpoint_id, at=at)
        return Response(
            {
                "id": endpoint_id,
                "previous_valid_until": at + signing.OVERLAP,
                "secret_row": secret.pk,
            }
        )


class WebhookTestView(PartnerView):
    @answers(
        202,
        DeliveryDetails,
        request=NoBody,
        refusals=[WebhookNotFound, WebhookDisabled],
        operation="test_webhook",
        example=webhook_examples.QUEUED_TEST,
        request_example={},
    )
    @idempotent
    def post(self, request: Request, webhook_id: str) -> Response:
        """Send a test notice.

        Of the type `webhook.test`, signed and repeated as any other; the log shows how it went.
        """
        read(request, NoBody, optional=True)
        made = endpoints.test(
            partner=self.partner, endpoint_id=_webhook(webhook_id), at=timezone.now()
        )
        return Response(delivery_details(made), 202)


class DeliveriesView(PartnerView):
    @answers(
        200,
        listing("deliveries", DeliveryDetails),
        query=DeliveryQuery,
        refusals=[WebhookNotFound],
        operation="list_webhook_deliveries",
        example=examples.page_of("deliveries", webhook_examples.DELIVERY),
    )
    def get(self, request: Request, webhook_id: str) -> Response:
        """The notices of a webhook, newest first.

        Each with what it says and how its last attempt ended; kept for 90 days.
        """
        asked = read_query(request, DeliveryQuery)
        paging = asked.pop("paging")
        endpoint = WebhookEndpoint.objects.found(self.partner, _webhook(webhook_id))
        page = paginate(endpoint.deliveries.filter(**asked), paging)
        return Response(page.body("deliveries", [delivery_details(row) for row in page.rows]))


class DeliveryReplayView(PartnerView):
    @answers(
        202,
        DeliveryDetails,
        request=NoBody,
        refusals=[DeliveryNotFound, DeliveryPending, WebhookDisabled],
        operation="replay_webhook_delivery",
        example=webhook_examples.QUEUED,
        request_example={},
    )
    @idempotent
    def post(self, request: Request, delivery_id: str) -> Response:
        """Send a notice again.

        With the same id and body, whether or not it had arrived.
        """
        read(request, NoBody, optional=True)
        sent = endpoints.replay(
            partner=self.partner,
            delivery_id=id_or(delivery_id, DeliveryNotFound("No delivery of yours has this id.")),
            at=timezone.now(),
        )
        return Response(delivery_details(sent), 202)


def _webhook(text: str) -> UUID:
    return id_or(text, WebhookNotFound("No webhook of yours has this id."))
