"""A small site on the HTTP ground: one endpoint of each kind, for the tests of the ground."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api.answers import answers
from config.api.fields import (
    Amount,
    Choice,
    Date,
    Email,
    Integer,
    Lines,
    ListOf,
    MapOf,
    Moment,
    Pattern,
    Phone,
    Text,
    Uuid,
)
from config.api.paging import ListQuery, listing, paginate
from config.api.reading import read, read_query
from config.api.strict import Strict, refused
from config.errors import Conflict

handler400 = "config.api.handlers.bad_request"
handler403 = "config.api.handlers.forbidden"
handler404 = "config.api.handlers.not_found"
handler500 = "config.api.handlers.server_error"


class OutOfSeats(Conflict):
    """Fewer seats are left than were asked for."""

    code = "out_of_seats"
    title = "Out of seats"


class Guest(Strict):
    name = Text(max_length=100)
    email = Email()
    phone = Phone()


class Wish(Strict):
    product_id = Integer(min_value=1)
    quantity = Integer(min_value=1, max_value=100)
    guest = Guest()
    reference = Pattern(r"[A-Za-z0-9-]{1,20}")
    price = Amount(min_value=0)
    day = Date(required=False)
    at = Moment(required=False)
    scan_id = Uuid(required=False)
    kind = Choice(choices=["adult", "child"], required=False)
    kinds = MapOf(Integer(min_value=1), required=False)
    tags = ListOf(Text(max_length=20), required=False, max_length=3)
    note = Lines(required=False, max_length=1000)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if "kinds" in values and sum(values["kinds"].values()) != values["quantity"]:
            raise refused("kinds", "Must add up to quantity.", "sum_mismatch")
        return values


class Echo(Strict):
    product_id = Integer()
    price = Amount()


class Regret(Strict):
    product_id = Integer(required=False)
    price = Amount(required=False)


class UserQuery(ListQuery):
    ids = ListOf(Integer(min_value=1), required=False)
    kind = Choice(choices=["staff", "guest"], required=False)


class UserRow(Strict):
    username = Text()


class Key(BaseAuthentication):
    security = ("ApiKey", {"type": "apiKey", "in": "header", "name": "x-api-key"})

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        return (get_user_model()(), None) if request.headers.get("x-api-key") == "good" else None

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey realm="test"'


class Wishes(APIView):
    authentication_classes = [Key]

    @answers(
        201,
        Echo,
        request=Wish,
        refusals=[OutOfSeats],
        operation="make_wish",
        example={"product_id": 106, "price": 288},
    )
    def post(self, request: Request) -> Response:
        """Make a wish.

        It is echoed.
        """
        wish = read(request, Wish, within={"guest": 422})
        if wish["product_id"] == 409:
            raise OutOfSeats("Only 2 are left.", left=2)
        return Response({"product_id": wish["product_id"], "price": wish["price"]}, 201)


class Users(APIView):
    permission_classes = []

    @answers(200, listing("users", UserRow), query=UserQuery, operation="list_users")
    def get(self, request: Request) -> Response:
        """Everybody, newest first."""
        wish = read_query(request, UserQuery)
        users = get_user_model().objects.all()
        page = paginate(users, wish["paging"], at="date_joined")
        return Response(page.body("users", [{"username": user.username} for user in page.rows]))


class Undo(APIView):
    permission_classes = []
    max_body = 1024

    @answers(200, Echo, request=Regret, operation="undo")
    def post(self, request: Request, code: str) -> Response:
        """Take it back; the body may stay away."""
        return Response(read(request, Regret, optional=True))


class Trouble(APIView):
    """Raises what the database raises when asked for it."""

    permission_classes = []

    @answers(204, operation="make_trouble")
    def get(self, request: Request, sqlstate: str) -> Response:
        """Fail."""
        if sqlstate == "gone":
            connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")
        if sqlstate == "bug":
            raise RuntimeError("siu.ming@example.com")
        connection.cursor().execute(
            f"DO $$ BEGIN RAISE 'row (siu.ming@example.com)' USING ERRCODE = '{sqlstate}'; END $$"
        )
        return Response(status=204)


urlpatterns = [
    path("api/wishes", Wishes.as_view()),
    path("api/users", Users.as_view()),
    path("api/wishes/<str:code>/undo", Undo.as_view()),
    path("api/trouble/<str:sqlstate>", Trouble.as_view()),
]
