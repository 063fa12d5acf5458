"""Mail to the operators, over a real socket: once for each state, however the server behaves."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from ota import tasks
from ota.alerts import evaluation, mail
from ota.models import Alert
from tests import canaries, make
from tests.mail_server import MailServer, mail_server
from tests.ota.alerts.watching import judge, limit, only
from tests.ticketing.test_payments_api import notify, partner_with_secret

MINUTE = timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = evaluation.QUIET + MINUTE
DUMMY = "django.core.mail.backends.dummy.EmailBackend"


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server(settings) as running:
        yield running


def raise_alerts(number: int = 1) -> None:
    for _ in range(number):
        make.product(ota=10)
    judge("low_stock")


@pytest.mark.django_db
def test_one_mail_when_it_opens_and_one_when_it_has_ended(server: MailServer) -> None:
    raise_alerts()
    now, alert = make.now(), only("low_stock")
    assert [mail.send_due(at=now), mail.send_due(at=now + MINUTE)] == [1, 0]
    judge("low_stock")
    limit("low_stock", value=1)
    judge("low_stock", at=now)
    assert mail.send_due(at=now + MINUTE) == 0  # it may come back yet
    assert [mail.send_due(at=now + LATER), mail.send_due(at=now + 2 * LATER)] == [1, 0]

    about = f"Partners' stock is low {alert.subject}"
    assert server.subjects == [f"[Gangway] warning: {about}", f"[Gangway] closed: {about}"]
    opened, closed = server.taken
    assert (opened["To"], opened["From"]) == ("ops@example.org", "gangway@testserver")
    assert opened["Message-ID"] == f"<alert-{alert.pk}-1-opened@testserver>"
    text = opened.get_content()
    assert "10 units are free for partners; the limit is 100" in text
    assert f"/admin/ota/alert/{alert.pk}/change/" in text
    assert closed["Message-ID"] != opened["Message-ID"]


@pytest.mark.django_db
def test_what_flickers_is_mailed_once(server: MailServer) -> None:
    now = make.now()
    make.product(ota=10)
    for minute in range(0, 60, 2):
        for value in (100, 10):
            limit("low_stock", value=value)
            judge("low_stock", at=now + minute * MINUTE)
            mail.send_due(at=now + minute * MINUTE)
    assert len(server.taken) == 1
    mail.send_due(at=now + 58 * MINUTE + LATER)
    assert len(server.taken) == 2


@pytest.mark.django_db
def test_many_at_once_come_in_one_mail_the_worst_first(server: MailServer) -> None:
    raise_alerts(5)
    owner, secret = partner_with_secret()
    notify(
        make.notice(make.order(of=owner, on=make.product(ota=500)), amount=1),
        owner.partner_id,
        secret,
    )
    judge("payment_not_applied")
    assert mail.send_due(at=make.now()) == 1
    assert server.subjects == ["[Gangway] critical: 6 alerts"]
    text = server.taken[0].get_content()
    assert text.startswith("critical: A payment was not applied")
    assert text.count("/admin/ota/alert/") == 12  # each of six in both languages


@pytest.mark.django_db
def test_while_the_server_is_away_it_waits_and_is_not_sent_twice(
    server: MailServer, settings: Settings
) -> None:
    raise_alerts(2)
    server.refuses = True
    assert tasks.mail_alerts() == 0
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert tasks.mail_alerts() == 0
    assert set(Alert.objects.values_list("mailed_at", flat=True)) == {None}
    assert sum("ota.alerts.mail_failed" in line for line in canaries.HEARD) == 2

    settings.EMAIL_PORT, server.refuses = there, False
    assert [tasks.mail_alerts(), tasks.mail_alerts()] == [2, 0]
    assert len(server.taken) == 2


@pytest.mark.django_db
def test_what_opened_and_ended_while_the_server_was_away_is_told_once(server: MailServer) -> None:
    raise_alerts()
    limit("low_stock", value=1)
    judge("low_stock")
    assert mail.send_due(at=make.now() + LATER) == 1
    assert server.subjects == [
        f"[Gangway] closed: Partners' stock is low {only('low_stock').subject}"
    ]
    assert mail.send_due(at=make.now() + LATER) == 0


@pytest.mark.django_db
def test_old_endings_are_no_news_to_whoever_turns_mail_on(
    server: MailServer, settings: Settings
) -> None:
    settings.ALERT_EMAILS = []
    raise_alerts(4)
    limit("low_stock", value=1)
    judge("low_stock")
    assert mail.send_due(at=make.now()) == 0
    settings.ALERT_EMAILS = ["ops@example.org"]
    assert mail.send_due(at=make.now() + timedelta(days=2)) == 0


@pytest.mark.django_db
def test_without_a_server_nothing_is_taken_for_sent_and_with_one_there_is_no_flood(
    server: MailServer, settings: Settings
) -> None:
    smtp, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, DUMMY
    raise_alerts(20)
    now, waiting = make.now(), Alert.objects.filter(mailed_at=None, closing_mailed_at=None)
    Alert.objects.filter(pk__in=waiting.values("pk")[:4]).update(closed_at=now)
    Alert.objects.filter(pk__in=waiting.values("pk")[4:8]).update(closed_at=now - 2 * DAY)
    for minute in range(0, 60, 10):
        assert mail.send_due(at=now + minute * MINUTE) == 0
    assert waiting.count() == 20

    settings.EMAIL_BACKEND = smtp
    assert [mail.send_due(at=now + HOUR), mail.send_due(at=now + HOUR)] == [2, 0]
    assert server.subjects == ["[Gangway] warning: 12 alerts", "[Gangway] closed: 4 alerts"]


@pytest.mark.django_db
def test_very_many_are_counted_in_a_mail_and_not_all_told(server: MailServer) -> None:
    raise_alerts(mail.TOLD + 2)
    assert mail.send_due(at=make.now()) == 1
    text = server.taken[0].get_content()
    assert text.count("/change/") == 2 * mail.TOLD
    assert "and 2 more: http://testserver/admin/ota/alert/" in text
    assert "另有 2 条" in text


@pytest.mark.django_db
def test_a_line_break_in_a_name_makes_no_header_of_its_own(server: MailServer) -> None:
    Alert.objects.create(
        rule="gone",
        subject="a\nBcc: b@example.org",
        severity="info",
        first_seen_at=make.now(),
        last_seen_at=make.now(),
    )
    assert mail.send_due(at=make.now()) == 1
    assert server.subjects == ["[Gangway] for information: gone a Bcc: b@example.org"]
    assert server.taken[0]["Bcc"] is None


@pytest.mark.django_db(transaction=True)
def test_many_senders_send_each_mail_once(server: MailServer) -> None:
    raise_alerts(3)
    sent = make.in_parallel(lambda _: mail.send_due(at=make.now()), range(4))
    assert sum(each for each in sent if isinstance(each, int)) == len(server.taken)
    assert sum(text.count("/change/") for text in texts(server)) == 6


@pytest.mark.django_db
def test_no_person_is_in_a_mail(server: MailServer, admin_user: User) -> None:
    owner, secret = partner_with_secret()
    event = make.notice(make.order(of=owner), amount=1, event_id="chan@example.com")
    notify(event, owner.partner_id, secret)
    notify({**event, "amount": 2}, owner.partner_id, secret)
    judge("payment_not_applied", "payment_changed")
    assert mail.send_due(at=make.now()) == 2
    assert canaries.found_in(texts(server)) == []


def texts(server: MailServer) -> list[str]:
    return [each.get_content() for each in server.taken]
