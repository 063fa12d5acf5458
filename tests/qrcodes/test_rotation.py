"""A key ring changes a step at a time, and no step makes a good code unreadable."""

import base64
import itertools
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from qrcodes import keys, rotation, tokens
from qrcodes.errors import QrKeyGone, TokenInvalid
from qrcodes.rotation import CannotChange
from qrcodes.tokens import TokenType

AT = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)
LATER = AT + rotation.HAND_OVER + rotation.READABLE


def states(ring):
    return {entry["kid"]: entry["state"] for entry in ring}


@pytest.fixture
def first():
    return rotation.make([])


@pytest.fixture
def staged(first):
    return rotation.make(first)


@pytest.fixture
def rotated(staged):
    return rotation.rotate(staged, at=AT)


def test_the_first_key_is_active_and_the_next_one_staged(first, staged):
    assert (states(first), states(staged)) == ({1: "active"}, {1: "active", 2: "staged"})
    assert list(keys.problems(staged)) == list(keys.weaknesses(staged)) == []


def test_rotating_makes_the_staged_key_seal_and_the_one_before_it_only_read(rotated):
    assert states(rotated) == {1: "retiring", 2: "active"}
    ring = keys.parse(rotated)
    assert (ring.active.kid, sorted(ring.readable)) == (2, [1, 2])


def test_a_key_is_destroyed_when_the_last_code_of_it_is_over(rotated):
    with pytest.raises(CannotChange, match="may be good until"):
        rotation.destroy(rotated, 1, at=LATER - timedelta(seconds=1))
    assert rotation.destroy(rotated, 1, at=LATER)[0] == {"kid": 1, "state": "destroyed"}


def test_a_key_that_others_know_is_destroyed_without_waiting(rotated):
    gone = rotation.destroy(rotated, 1, at=AT, compromised=True)
    assert states(gone) == {1: "destroyed", 2: "active"}
    assert list(keys.problems(gone)) == []


def test_the_id_of_a_destroyed_key_is_not_given_again(rotated):
    ring = rotation.destroy(rotated, 1, at=LATER)
    assert states(rotation.make(ring)) == {1: "destroyed", 2: "active", 3: "staged"}


@pytest.mark.parametrize(
    "step",
    [
        lambda ring: rotation.make(rotation.make(ring)),  # two that nobody has yet
        lambda ring: rotation.rotate(ring, at=AT),  # nothing is staged
        lambda ring: rotation.destroy(ring, 1, at=LATER),  # the active one
        lambda ring: rotation.destroy(ring, 1, at=LATER, compromised=True),
        lambda ring: rotation.destroy(ring, 9, at=LATER),
        lambda ring: rotation.make([*ring, {"kid": 65535, "state": "destroyed"}]),
    ],
)
def test_a_step_that_would_break_something_is_refused(first, step):
    before = [dict(entry) for entry in first]
    with pytest.raises(CannotChange):
        step(first)
    assert first == before


def test_a_destroyed_key_is_not_destroyed_again(rotated):
    gone = rotation.destroy(rotated, 1, at=LATER)
    with pytest.raises(CannotChange):
        rotation.destroy(gone, 1, at=LATER)


def test_steps_leave_the_setting_they_were_given_alone(staged):
    before = [dict(entry) for entry in staged]
    rotated = rotation.rotate(staged, at=AT)
    rotation.destroy(rotated, 1, at=LATER)
    assert staged == before


def test_a_staged_key_can_be_given_up(staged):
    assert states(rotation.destroy(staged, 2, at=AT)) == {1: "active", 2: "destroyed"}


def test_every_two_settings_in_force_together_read_what_either_seals(settings, first):
    """While servers are restarted one after the other, two settings are in force."""
    steps = [first, rotation.make(first)]
    steps.append(rotation.rotate(steps[1], at=AT))
    for older, newer in itertools.pairwise(steps):
        for sealing, reading in ((older, newer), (newer, older)):
            settings.QR_KEYS = sealing
            token, printed = sealed(), tokens.ticket_qr("CRUISE-1", 1, keys.ring().active.kid)
            ring = keys.parse(reading)
            assert tokens.read(token, at=AT, wanted=TokenType.REDEEM, ring=ring).ticket == TICKET
            assert tokens.read_ticket_qr(printed, ring=ring).code == "CRUISE-1"


def test_control_a_key_that_was_not_staged_first_is_not_read_everywhere(settings, first):
    hasty = rotation.rotate(rotation.make(first), at=AT)
    settings.QR_KEYS = hasty
    token = sealed()
    with pytest.raises(TokenInvalid):
        tokens.read(token, at=AT, wanted=TokenType.REDEEM, ring=keys.parse(first))


TICKET = UUID(int=7)
THREADS = 8


def sealed():
    return tokens.seal(ticket=TICKET, generation=1, type_=TokenType.REDEEM, ttl_minutes=1440, at=AT)


@contextmanager
def load():
    """Threads that seal and read all the time: what they sealed, and what they were refused."""
    made: list[list[str]] = [[] for _ in range(THREADS)]
    refused: list[str] = []
    over = threading.Event()

    def seal_and_read(mine):
        while not over.is_set():
            mine.append(sealed())
            # Its first, one of its past, its last.
            read = [mine[0], mine[len(mine) // 2], mine[-1]]
            refused.extend(token for token in read if not is_accepted(token))

    threads = [threading.Thread(target=seal_and_read, args=[mine]) for mine in made]
    for thread in threads:
        thread.start()
    try:
        yield made, refused
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_rotating_under_load_refuses_no_good_code_and_a_destroyed_key_admits_none(settings, first):
    settings.QR_KEYS = first
    with load() as (made, refused):
        for step in (rotation.make, lambda ring: rotation.rotate(ring, at=AT)) * 3:
            time.sleep(0.15)
            settings.QR_KEYS = step(settings.QR_KEYS)
        time.sleep(0.15)

    by_kid: dict[int, list[str]] = {}
    for token in itertools.chain(*made):
        by_kid.setdefault(kid_of(token), []).append(token)
    assert (refused, sorted(by_kid)) == ([], [1, 2, 3, 4])
    for kid in (1, 2, 3):
        settings.QR_KEYS = rotation.destroy(settings.QR_KEYS, kid, at=LATER)
        assert not any(map(is_accepted, by_kid[kid]))
    assert all(map(is_accepted, by_kid[4]))


def kid_of(token):
    return int.from_bytes(base64.urlsafe_b64decode(token)[1:3], "big")


def is_accepted(token):
    try:
        tokens.read(token, at=AT, wanted=TokenType.REDEEM)
    except TokenInvalid:
        return False
    return True


def test_a_printed_qr_of_a_destroyed_key_admits_nobody_and_is_not_drawn_again(settings, rotated):
    settings.QR_KEYS = rotated
    printed = tokens.ticket_qr("CRUISE-1", 1, 1)
    settings.QR_KEYS = rotation.destroy(rotated, 1, at=LATER)
    with pytest.raises(TokenInvalid):
        tokens.read_ticket_qr(printed)
    with pytest.raises(QrKeyGone):
        tokens.ticket_qr("CRUISE-1", 1, 1)
