"""A customer's program: calls the direct channel and takes no answer the schema hides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from customers.models import Account
from tests import shop
from tests.openapi import Answer
from tests.partner_program import Program, Send, expect, in_process


@dataclass(frozen=True)
class Shopper:
    """Calls with one access token; `token=None` sends none."""

    token: str | None = None
    account: Account | None = None
    send: Send = in_process

    @property
    def owner(self) -> Account:
        assert self.account is not None
        return self.account

    def get(self, path: str, **query: Any) -> Answer:
        return self._program.get(self._full(path), headers=self._headers({}), **query)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body, **options)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] = {},
        **options: Any,
    ) -> Answer:
        """Send it and hold the answer to the schema."""
        sent = self._headers(headers)
        return self._program.call(method, self._full(path), body, headers=sent, **options)

    # The calls every story is made of; they expect success.

    def registered(self, email: str, password: str = shop.PASSWORD, **more: Any) -> None:
        wish = {"email": email, "password": password, **more}
        assert expect(201, self.post("auth/register", wish)) == {"email": email}

    def logged_in(self, email: str, password: str = shop.PASSWORD) -> "Shopper":
        pair = expect(200, self.post("auth/token", {"email": email, "password": password}))
        return replace(self, token=pair["access"])

    def ordered(self, product_id: int, quantity: int = 1, **more: Any) -> dict[str, Any]:
        wish = {"product_id": product_id, "quantity": quantity, **more}
        return expect(201, self.post("orders", wish))

    def free(self, product_id: int) -> int:
        """Units the catalogue shows as available."""
        shown = expect(200, self.get("catalog"))["products"]
        return next(each["available_quantity"] for each in shown if each["id"] == product_id)

    @property
    def _program(self) -> Program:
        return Program(None, send=self.send)

    def _headers(self, given: Mapping[str, str]) -> dict[str, str]:
        own = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        return {**own, **given}

    def _full(self, path: str) -> str:
        return path if path.startswith("/") else f"/api/{path}"


def shopper(of: Account | None = None) -> Shopper:
    """The program of a customer, a new one by default."""
    owner = of or shop.account()
    return Shopper(shop.access(owner), owner)
