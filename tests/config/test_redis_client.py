"""Telling Redis something without waiting: in order, and known to have been heard or not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from pytest_django import Settings

from config.redis_client import ask, client, settle, tell
from tests.relay import relay

KEY = "test:told"


def test_what_was_told_comes_before_what_is_asked() -> None:
    lost: list[str] = []
    for word in "abc":
        tell("RPUSH", KEY, word, unheard=lambda: lost.append("?"))
    assert ask("LRANGE", KEY, 0, -1) == [b"a", b"b", b"c"]
    assert ask("LLEN", KEY) == 3  # each question gets its own answer
    assert lost == []


def test_what_redis_refuses_is_unheard_and_does_not_disturb_the_next_answer() -> None:
    lost: list[str] = []
    ask("SET", KEY, "no list")
    tell("RPUSH", KEY, "a", unheard=lambda: lost.append("refused"))
    tell("SET", KEY, "good", unheard=lambda: lost.append("?"))
    assert ask("GET", KEY) == b"good"
    assert lost == ["refused"]


def test_what_was_told_to_a_redis_that_does_not_answer_is_unheard(settings: Settings) -> None:
    lost: list[str] = []
    there = settings.REDIS_URL
    with relay() as between:
        settings.REDIS_URL = between.url
        assert ask("PING") == b"PONG"
        between.keep_back()
        tell("SET", KEY, "told", unheard=lambda: lost.append("told"))
        assert lost == []
        with pytest.raises(redis.TimeoutError):
            ask("GET", KEY)
        assert lost == ["told"]
    settings.REDIS_URL = there
    assert ask("GET", KEY) == b"told"  # it may have been carried out, and this time it was


def test_a_connection_the_server_closed_is_opened_again_and_what_it_owed_is_told_of() -> None:
    lost: list[str] = []
    me = ask("CLIENT", "ID")
    client().execute_command("CLIENT", "KILL", "ID", me)
    tell("SET", KEY, "sent into the void", unheard=lambda: lost.append("void"))
    assert ask("PING") == b"PONG"
    assert lost in ([], ["void"])  # sending may fail at once, then it was sent again
    assert (ask("GET", KEY) is None) == (lost == ["void"])


def test_who_asks_no_more_reads_what_is_owed_by_itself(settings: Settings) -> None:
    lost: list[str] = []
    there = settings.REDIS_URL
    with relay() as between:
        settings.REDIS_URL = between.url
        tell("SET", KEY, "heard", unheard=lambda: lost.append("heard"))
        settle()
        assert lost == []
        between.keep_back()
        tell("SET", KEY, "not answered", unheard=lambda: lost.append("not answered"))
        settle()
        assert lost == ["not answered"]
    settings.REDIS_URL = there


def test_with_redis_away_nothing_is_promised(settings: Settings) -> None:
    there, settings.REDIS_URL = settings.REDIS_URL, "unix:///nonexistent/valkey.sock"
    with pytest.raises(redis.ConnectionError):
        tell("SET", KEY, "x", unheard=lambda: pytest.fail("it was never told"))
    settings.REDIS_URL = there


def test_threads_may_come_and_go_for_ever() -> None:
    for _ in range(120):  # the pool of the package makes 100 connections, and then no more
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(ask, "PING").result(10) == b"PONG"
    assert client().ping()
