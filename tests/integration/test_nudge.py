"""The worker is told of a promise at once, once a transaction, and nobody is hurt where it cannot be told."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from scf.celery import app
from scf.kernel import clock, nudge, outbox
from scf.kernel.models import OutboxMessage
from scf.kernel.tasks import deliver_outbox


@pytest.fixture
def told(monkeypatch, settings) -> list[str]:
    """What the broker was sent."""
    sent: list[str] = []
    settings.OUTBOX_NUDGES = True
    monkeypatch.setattr(nudge, "_quiet_until", 0.0)
    monkeypatch.setattr(app, "send_task", lambda name, **more: sent.append(name))
    return sent


def put(topic: str = "no.such.topic", **more: object) -> None:
    outbox.put(topic=topic, payload={}, at=clock.now())


@pytest.mark.django_db
def test_once_a_transaction_and_only_when_it_is_there(told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        put()
        put()
        assert told == []
    assert told == [nudge.TASK]


@pytest.mark.django_db
def test_not_by_the_worker_itself(told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), nudge.held():
        put()
    assert told == []


@pytest.mark.django_db
def test_a_broker_that_is_down_is_left_alone_for_a_while(told, monkeypatch, django_capture_on_commit_callbacks):
    tries: list[int] = []

    def down(name: str, **more: object) -> None:
        tries.append(1)
        raise ConnectionError

    monkeypatch.setattr(app, "send_task", down)
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            put()
    assert len(tries) == 1 and OutboxMessage.objects.filter(topic="no.such.topic").count() == 3


@pytest.mark.django_db
def test_what_can_wait_is_kept_last():
    outbox.put_all(topic="later", payloads=[{}], at=clock.now(), can_wait=True)
    put("sooner")
    outbox.deliver_one(now=clock.now())
    assert OutboxMessage.objects.get(topic="later").delivered_at is None
    outbox.deliver_one(now=clock.now())
    assert OutboxMessage.objects.get(topic="later").delivered_at is not None


@pytest.mark.django_db
def test_what_a_step_leads_to_a_moment_later_does_not_wait_for_the_next_second(monkeypatch):
    at, ticks = clock.now(), count()
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(milliseconds=next(ticks)))
    monkeypatch.setitem(outbox._handlers, "first", [lambda **_more: put("second")])
    put("first")
    with transaction.atomic():
        assert deliver_outbox() == 2
    assert not OutboxMessage.objects.filter(delivered_at=None).exists()
