"""The API is spared what browsers need, and speaks one language whatever was asked before."""

import pytest
from django.test import Client

from tests.partner_program import program

CHINESE = {"Accept-Language": "zh-hans", "Cookie": "django_language=zh-hans"}


@pytest.mark.django_db
def test_a_page_speaks_the_readers_language() -> None:
    assert Client().get("/admin/login/", headers=CHINESE).headers["content-language"] == "zh-hans"
    assert Client().get("/admin/login/").headers["content-language"] == "en"


@pytest.mark.django_db
def test_the_api_speaks_english_after_a_page_in_chinese_by_the_same_worker() -> None:
    mine = program()
    before = mine.get("orders/none")
    Client().get("/admin/login/", headers=CHINESE)
    after = mine.get("orders/none", headers=CHINESE)
    assert (before.status, before.json()["title"]) == (404, after.json()["title"])


@pytest.mark.django_db
def test_the_api_sets_no_cookie_and_opens_no_session() -> None:
    for path, status in (("inventory", 200), ("/qr/none/info", 404), ("/qr/verify", 400)):
        answer = program().get(path)
        assert (answer.status, "set-cookie" in answer.headers) == (status, False)


def test_pages_that_people_type_are_found_without_their_last_slash() -> None:
    for path in ("/admin", "/venue"):
        answer = Client().get(path)
        assert (answer.status_code, answer.headers["location"]) == (302, f"{path}/")
