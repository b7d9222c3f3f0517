"""Promises on the topics of goods. Load, call once, return."""

from datetime import datetime

from celery import shared_task

from scf.kernel import clock, outbox
from scf.kernel.models import OutboxMessage

from . import selectors
from .models import CoverCheck, Exposure, Hit, Pledge
from .services import (
    bringing,
    converting,
    covering,
    fingerprinting,
    naming,
    perfecting,
    price_feeds,
    register_news,
    register_sending,
    registers,
    stock,
)


@shared_task
def pull_prices(**kwargs: object) -> int:
    """Ask the feed for what is new; beat asks every minute, the feed is asked once an hour. Prices taken."""
    brought = price_feeds.pull(at=clock.now())
    return brought.taken if brought else 0


@outbox.handles("orders.document.recorded")
def recognise(*, message_id: int, at: datetime, document_id: int) -> None:
    """A document has come in: write down which commodities its lines are."""
    naming.recognise(document_id=document_id, at=at)


@outbox.handles("orders.document.recorded")
@outbox.handles("orders.document.linked")
def follow_goods(*, message_id: int, at: datetime, document_id: int) -> None:
    """A paper of goods has come in: pledges on an order move to its receipt; cover is looked at."""
    converting.follow_receipts(document_id=document_id, at=at)
    look_at_cover(message_id=message_id, at=at, document_id=document_id)


@outbox.handles("orders.document.confirmed")
@outbox.handles("orders.document.disputed")
@outbox.handles("orders.document.paid")
@outbox.handles("collateral.goods.named")
def look_at_cover(*, message_id: int, at: datetime, document_id: int) -> None:
    """What a paper says of goods has changed: look at the loans that rest on them."""
    pledges = selectors.pledges_on(document_id)
    covering.look_again(pledges, cause=CoverCheck.Cause.PAPERS, at=at)
    for reference in selectors.references_of(pledges):  # a confirmation may be what was missing
        perfecting.check_effective(reference=reference, at=at)


@outbox.handles("collateral.stock.counted")
def stock_counted(*, message_id: int, at: datetime, stock_id: int) -> None:
    """A keeper has counted: look at the loans that rest on that stock."""
    covering.look_again(selectors.pledges_in_stock(stock_id), cause=CoverCheck.Cause.PAPERS, at=at)


@outbox.handles("collateral.price.changed")
def price_changed(*, message_id: int, at: datetime, commodity_id: int, grade: str) -> None:
    """A commodity has a new price: value what is pledged of it."""
    covering.reprice(commodity_id=commodity_id, at=at)


@outbox.handles("orders.document.recorded")
@outbox.handles("orders.document.linked")
def note_stock(*, message_id: int, at: datetime, document_id: int) -> None:
    """A warehouse receipt has come in: its keeper sees what it says is there."""
    stock.note_receipt(document_id=document_id)


@outbox.handles("orders.document.recorded")
@outbox.handles("orders.document.linked")
def look_up_document(*, message_id: int, at: datetime, document_id: int) -> None:
    """Make a document's fingerprint and look it up; a repetition finds what it has recorded."""
    fingerprinting.check(document_ids=[document_id], stage=Hit.Stage.IMPORT, reference="", at=at)


@outbox.handles("collateral.register.asked")
def ask_register(*, message_id: int, at: datetime, request_id: int) -> None:
    """Bring a request to its register; tried again until there is an answer."""
    register_sending.send(request_id=request_id, at=at)


@outbox.handles("collateral.register.failed")
@outbox.handles("collateral.register.found")
def tell_of_register(*, message_id: int, at: datetime, request_id: int) -> None:
    """A register refused, or knows goods of a running loan: reviewers are told."""
    topic = OutboxMessage.objects.values_list("topic", flat=True).get(pk=message_id)
    register_news.tell_of_answer(request_id=request_id, event=topic.rpartition(".")[2], at=at)


@outbox.handles("collateral.pledge.weakened")
def tell_who_brings_again(*, message_id: int, at: datetime, reference: str) -> None:
    """Evidence was taken back: tell all who must bring it again."""
    bringing.tell(reference=reference, at=at, key=f":{message_id}")


@outbox.handles("collateral.registers.answered")
def value_what_joined(*, message_id: int, at: datetime, reference: str) -> None:
    """Registers have answered: goods that have joined a running loan carry what they do from now on."""
    running = Exposure.objects.filter(pledge__reference=reference, pledge__state=Pledge.State.PLEDGED)
    covering.look_again(running.values_list("pledge_id", flat=True), cause=CoverCheck.Cause.GOODS, at=at)
    registers.ask_what_is_left(reference=reference, at=at)  # goods may have joined while the register was asked


@outbox.handles("collateral.goods.let_go")
def tell_of_release(*, message_id: int, at: datetime, order_id: int) -> None:
    """The lender has let goods go: tell their keepers."""
    bringing.tell_of_release(order_id=order_id, at=at)
