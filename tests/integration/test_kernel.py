"""What everything stands on: outbox, run-once, numbers, the audit trail, the clock."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from scf.kernel import clock, numbering, outbox
from scf.kernel.idempotency import KeyReused, run_once
from scf.kernel.models import AuditEntry, ClockOffset, IdempotencyKey, OutboxMessage
from tests.factories import NOON, LendingWorld
from tests.integration.threads import at_once

TOPIC = "tests.kept"


class Killed(BaseException):
    """The process ends here; nothing catches it."""


@pytest.fixture
def heard(monkeypatch) -> list[dict]:
    """What the one handler of TOPIC was told."""
    told: list[dict] = []
    monkeypatch.setitem(outbox._handlers, TOPIC, [lambda **said: told.append(said)])
    return told


def promise(*, at: datetime = NOON, **payload) -> OutboxMessage:
    with transaction.atomic():
        outbox.put(topic=TOPIC, payload=payload, at=at)
    return OutboxMessage.objects.latest("pk")


class TestOutbox:
    pytestmark = pytest.mark.django_db

    def test_a_kept_promise_is_kept_once(self, heard):
        message = promise(case=1)

        assert outbox.deliver_all(now=NOON) == 1 and outbox.deliver_all(now=NOON) == 0

        assert heard == [{"message_id": message.pk, "at": NOON, "case": 1}]
        assert OutboxMessage.objects.get().delivered_at == NOON

    def test_what_is_not_due_waits(self, heard):
        promise(at=NOON + timedelta(seconds=1))

        assert not outbox.deliver_one(now=NOON)
        assert outbox.deliver_one(now=NOON + timedelta(seconds=1))

    def test_the_oldest_goes_first(self, heard):
        for minutes in (2, 0, 1):
            promise(at=NOON - timedelta(minutes=minutes), minutes=minutes)

        outbox.deliver_all(now=NOON)

        assert [said["minutes"] for said in heard] == [2, 1, 0]

    def test_a_failure_is_tried_again_after_twice_as_long_each_time(self, monkeypatch):
        monkeypatch.setitem(outbox._handlers, TOPIC, [lambda **said: 1 / 0])
        promise()
        now, waits = NOON, []

        for _try in range(4):
            assert outbox.deliver_one(now=now)
            message = OutboxMessage.objects.get()
            waits.append((message.due_at - now).total_seconds())
            assert not outbox.deliver_one(now=message.due_at - timedelta(microseconds=1))
            now = message.due_at

        assert waits == [10, 20, 40, 80] and message.attempts == 4
        assert "ZeroDivisionError" in message.last_error and message.delivered_at is None

    def test_a_promise_that_cannot_be_kept_stays_to_be_seen(self, monkeypatch):
        monkeypatch.setitem(outbox._handlers, TOPIC, [lambda **said: 1 / 0])
        promise()

        for days in range(30):
            outbox.deliver_all(now=NOON + timedelta(days=days))

        message = OutboxMessage.objects.get()
        assert message.attempts == outbox.ATTEMPTS_MAX and message.delivered_at is None

    def test_one_that_fails_does_not_hold_up_the_others(self, heard, monkeypatch):
        monkeypatch.setitem(outbox._handlers, "tests.broken", [lambda **said: 1 / 0])
        with transaction.atomic():
            outbox.put(topic="tests.broken", payload={}, at=NOON - timedelta(minutes=1))
        promise(case=2)

        outbox.deliver_all(now=NOON)

        assert [said["case"] for said in heard] == [2]

    def test_killed_after_the_work_and_before_the_mark_it_is_delivered_again(self, heard, monkeypatch):
        promise(case=3)
        once = iter([True])

        def worker_dies(**said: object) -> None:
            heard.append(said)
            if next(once, False):
                raise Killed

        monkeypatch.setitem(outbox._handlers, TOPIC, [worker_dies])
        with pytest.raises(Killed):
            outbox.deliver_one(now=NOON)

        assert not outbox.deliver_one(now=NOON + timedelta(seconds=9))  # the lease still runs
        assert outbox.deliver_one(now=NOON + timedelta(seconds=10))
        assert len(heard) == 2 and OutboxMessage.objects.get().delivered_at is not None

    def test_nothing_is_promised_by_a_transaction_that_fails(self):
        with pytest.raises(Killed), transaction.atomic():
            outbox.put(topic=TOPIC, payload={}, at=NOON)
            raise Killed

        assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_workers_share_the_work_and_do_none_of_it_twice(self, heard):
        for case in range(40):
            promise(case=case)

        at_once([partial(outbox.deliver_all, now=NOON)] * 6)

        assert sorted(said["case"] for said in heard) == list(range(40))
        assert not OutboxMessage.objects.filter(delivered_at=None).exists()

    def test_a_command_sent_many_times_is_carried_out_once(self):
        done: list[int] = []

        def command() -> dict:
            with transaction.atomic():
                return run_once(scope="s", key="k", request={"a": 1}, work=lambda: done.append(1) or {"number": 7})

        answers = at_once([command] * 12)

        assert answers == [{"number": 7}] * 12 and done == [1]

    def test_numbers_have_neither_gaps_nor_doubles(self):
        def take(fails: bool) -> str:
            with transaction.atomic():
                number = numbering.next_number(prefix="T", on=date(2031, 3, 3))
                assert not fails, "rolled back"
            return number

        answers = at_once([partial(take, n % 3 == 0) for n in range(24)])

        taken = sorted(answer for answer in answers if isinstance(answer, str))
        assert taken == [f"T-20310303-{n:04d}" for n in range(1, 17)]


@pytest.mark.django_db
class TestRunOnce:
    def test_another_request_under_the_same_key_is_refused(self):
        run_once(scope="s", key="k", request={"amount": 1}, work=lambda: {"ok": True})

        with pytest.raises(KeyReused):
            run_once(scope="s", key="k", request={"amount": 2}, work=lambda: {"ok": True})

    def test_keys_of_different_scopes_are_strangers(self):
        answers = [run_once(scope=s, key="k", request={}, work=lambda s=s: {"scope": s}) for s in ("a", "b")]

        assert answers == [{"scope": "a"}, {"scope": "b"}]

    def test_work_that_fails_leaves_the_key_free(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            run_once(scope="s", key="k", request={}, work=lambda: {"x": 1 // 0})

        assert not IdempotencyKey.objects.exists()
        assert run_once(scope="s", key="k", request={}, work=lambda: {"x": 1}) == {"x": 1}


@pytest.mark.django_db
class TestNumbering:
    def test_each_day_and_prefix_counts_by_itself(self):
        monday, tuesday = date(2031, 3, 3), date(2031, 3, 4)

        numbers = [numbering.next_number(prefix=p, on=d) for p, d in (("A", monday), ("A", monday), ("A", tuesday),
                                                                     ("B", monday))]  # fmt: skip

        assert numbers == ["A-20310303-0001", "A-20310303-0002", "A-20310304-0001", "B-20310303-0001"]

    def test_after_the_9999th_a_number_grows(self):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_numberseries (prefix, last) VALUES ('A-20310303-', 9999)")

        assert numbering.next_number(prefix="A", on=date(2031, 3, 3)) == "A-20310303-10000"


@pytest.mark.django_db
class TestAuditTrail:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE kernel_auditentry SET note = 'nothing happened'",
            "UPDATE kernel_auditentry SET actor_id = NULL",
            "DELETE FROM kernel_auditentry",
        ],
    )
    def test_is_final_for_the_owner_too(self, sql):
        LendingWorld().loan()
        assert AuditEntry.objects.exists()
        before = list(AuditEntry.objects.values())

        with pytest.raises(IntegrityError, match="final"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

        assert list(AuditEntry.objects.values()) == before


@pytest.mark.django_db
class TestClock:
    def test_pinned_it_stands_and_then_runs_again(self):
        with clock.pinned(NOON):
            assert clock.now() == NOON and clock.today() == date(2031, 3, 3)
            with clock.pinned(NOON + timedelta(days=1)):
                assert clock.today() == date(2031, 3, 4)
            assert clock.now() == NOON
        assert abs(clock.now() - clock.wall()) < timedelta(seconds=5)

    def test_the_business_day_is_shanghais(self):
        assert clock.day_of(datetime(2031, 3, 3, 15, 59, tzinfo=UTC)) == date(2031, 3, 3)
        assert clock.day_of(datetime(2031, 3, 3, 16, 0, tzinfo=UTC)) == date(2031, 3, 4)

    def test_a_demos_clock_moves_ahead_only(self):
        assert clock.advance(days=3) == 3 and clock.advance(days=4) == 7

        assert timedelta(days=7) <= clock.now() - clock.wall() + timedelta(seconds=5) < timedelta(days=7, seconds=10)
        with pytest.raises(AssertionError):
            clock.advance(days=-1)

    def test_production_ignores_the_offset_and_cannot_set_it(self, settings):
        ClockOffset.objects.create(pk=1, days=400)
        settings.DEMO = False

        assert clock.offset_days() == 0 and abs(clock.now() - clock.wall()) < timedelta(seconds=5)
        with pytest.raises(AssertionError):
            clock.advance(days=1)
