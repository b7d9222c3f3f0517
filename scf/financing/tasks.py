"""Promises on financing topics: news moves the flows on, people are told. Load, call once, return."""

# budget: news of every app below moves the walks on
from datetime import datetime

from celery import shared_task
from django.db import transaction

from scf.banks.models import Payment
from scf.collateral.services import bringing, margin_news
from scf.collateral.services.registers import RegisterFailed, RegisterPending
from scf.domain.errors import DomainError
from scf.kernel import clock, outbox
from scf.kernel.clock import day_of
from scf.kernel.models import OutboxMessage
from scf.parties.models import Role
from scf.servicing.models import Loan

from . import flows
from .models import Application, BankCase, BankProcess, FinancingProcess, Precedent
from .services import ahead, banking, checking, escalating, expiring, liquidating, placing, quoting, securing, telling


@shared_task
def expire(**kwargs: object) -> int:
    """End what the clock ends; beat runs this every minute."""
    escalating.escalate(at=clock.now())
    return expiring.expire(at=clock.now())


@outbox.handles("financing.application.submitted")
@outbox.handles("financing.application.parted")
def begin(*, message_id: int, at: datetime, application_id: int) -> None:
    """Start the walk of a submitted application; a resubmitted one is already on its way."""
    with transaction.atomic():
        application = Application.objects.select_for_update(of=("self",)).select_related("product").get(
            pk=application_id
        )  # fmt: skip
        if not FinancingProcess.objects.filter(application=application).exists():
            flows.Financing.start.run(application=application)


@outbox.handles("financing.bank_case.decided")
def report_decision(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """Bring a lender's decision to the application; later ones only if it still waits for a first offer."""
    case = BankCase.objects.select_related("application").get(pk=bank_case_id)
    process = FinancingProcess.objects.get(application=case.application)
    task = flows.waiting_task(process, "await_offer")
    if task is None:
        _later_word(process, case, at)
        return
    is_first = case.state == BankCase.State.OFFERED
    if not is_first and _ask_next(case.pk, at):
        return
    is_last = not case.application.bank_cases.exclude(state__in=["DECLINED", "LAPSED"]).exists()
    if is_first or is_last:
        flows.Financing.await_offer.run(task, bank_case_id=bank_case_id)


def _later_word(process: FinancingProcess, case: BankCase, at: datetime) -> None:
    """A word after the first offer; where that one has expired and the turn was passed on, it counts like a first."""
    if case.state != BankCase.State.OFFERED and _ask_next(case.pk, at):
        return
    banking.report(bank_case_id=case.pk, at=at)
    _sign_ahead(process, at)


@outbox.handles("financing.bank_case.expired")
def turn_expired(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """Where lenders are asked one after another, an offer that nobody took passes the turn on; safe to repeat."""
    with transaction.atomic():
        if _ask_next(bank_case_id, at):
            case = BankCase.objects.select_related("application__supplier").get(pk=bank_case_id)
            telling.tell_supplier(case.application, "case.passed_on", at, key=f":{bank_case_id}")


def _sign_ahead(process: FinancingProcess, at: datetime) -> None:
    """A later offer may be the first that keeps within what the borrower has signed ahead."""
    signed = ahead.of(process.application)
    if signed is None or flows.waiting_task(process, "choose") is None:
        return
    with process.flow_class.lock(process.pk):
        found = ahead.accept(application_id=process.application_id, at=at)
        if found.state == Application.State.ACCEPTED:
            flows.perform(process, "choose", signed.signed_by.user, lambda row: setattr(row, "application", found))


@transaction.atomic
def _ask_next(bank_case_id: int, at: datetime) -> bool:
    """Ask the lender whose turn is next and start its walk; False where nobody is."""
    following = placing.ask_next(bank_case_id=bank_case_id, at=at)
    if following is None:
        return False
    flows.BankDecision.start.run(bank_case=following)
    outbox.put(topic="financing.bank_case.asked", payload={"bank_case_id": following.pk}, at=at)
    return True


@outbox.handles("financing.bank_case.target_passed")
def turn_passed(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """A lender whose turn it is has not answered in its time: the next one is asked beside it."""
    if placing.look_at_target(bank_case_id=bank_case_id, at=at):
        _ask_next(bank_case_id, at)


@outbox.handles("financing.auction.asked")
def take_key(*, message_id: int, at: datetime, auction_id: int) -> None:
    """Fetch the key that quotes are sealed to; the deadline counts from then."""
    quoting.take_key(auction_id=auction_id, at=at)


@outbox.handles("financing.auction.due")
def open_quotes(*, message_id: int, at: datetime, auction_id: int) -> None:
    """The deadline has passed: open all quotes together."""
    quoting.open_all(auction_id=auction_id, at=at)


@outbox.handles("financing.bank_case.asked")
def tell_lender(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """Tell the makers of a lender whose turn has come."""
    case = BankCase.objects.select_related("bank", "application__supplier").get(pk=bank_case_id)
    telling.tell_bank(case, "bank.new", at)


@outbox.handles("collateral.registers.answered")
def registers_answered(*, message_id: int, at: datetime, reference: str) -> None:
    """Registers have answered: a signed case goes on where nothing stands against it; a filing is evidence."""
    application = Application.objects.filter(number=reference).first()
    if application is None:
        return
    securing.note_filing(reference=reference, at=at)
    try:
        securing.require_filing_taken(application)
    except RegisterFailed as why:
        securing.hold(application_id=application.pk, why=why, at=at)
    _go_on(application, "await_registers", at)


@outbox.handles("collateral.pledge.effective")
def pledge_effective(*, message_id: int, at: datetime, reference: str) -> None:
    """A pledge stands in law: its case goes on to the payment."""
    application = Application.objects.filter(number=reference).first()
    if application is not None:
        _go_on(application, "await_effective", at)


def _go_on(application: Application, node: str, at: datetime) -> None:
    """Take the waiting step; what stands against it holds the case, and people are told.

    The walk is locked before its case, as on every page: who waits for the walk holds nothing that its holder wants.
    """
    process = FinancingProcess.objects.filter(application=application).first()
    if process is None:
        return
    try:
        with flows.Financing.lock(process.pk):
            task = flows.waiting_task(process, node)
            if task is not None:
                getattr(flows.Financing, node).run(task)
    except RegisterPending as why:
        if isinstance(why, RegisterFailed):
            securing.hold(application_id=application.pk, why=why, at=at)
        else:  # its answer, when it comes, brings the case here again
            securing.ask_again(application_id=application.pk, at=at)
    except DomainError as why:
        securing.hold(application_id=application.pk, why=why, at=at)


@outbox.handles("banks.payment.paid")
def payment_paid(*, message_id: int, at: datetime, payment_id: int) -> None:
    """A lender has paid out a loan."""
    _on_payment(payment_id, is_paid=True)


@outbox.handles("banks.payment.failed")
def payment_failed(*, message_id: int, at: datetime, payment_id: int) -> None:
    """A lender could not pay."""
    _on_payment(payment_id, is_paid=False)


def _on_payment(payment_id: int, *, is_paid: bool) -> None:
    payment = Payment.objects.get(pk=payment_id)
    if payment.kind != Payment.Kind.DISBURSEMENT:
        return
    process = FinancingProcess.objects.get(application__number=payment.reference)
    task = flows.waiting_task(process, "await_payment")
    if task is not None:
        flows.Financing.await_payment.run(task, payment_id=payment_id, is_paid=is_paid)


@outbox.handles("servicing.loan.closed")
@transaction.atomic
def loan_closed(*, message_id: int, at: datetime, loan_id: int) -> None:
    """A loan is repaid: release and settle."""
    loan = Loan.objects.select_for_update().get(pk=loan_id)
    process = FinancingProcess.objects.get(application__number=loan.reference)
    task = flows.waiting_task(process, "await_settlement")
    # else the payment that had closed it was taken back meanwhile, or another loan runs
    if task is not None and loan.has_ended and loan.is_last_of_case:
        flows.Financing.await_settlement.run(task, loan_id=loan_id)


@outbox.handles("financing.application.accepted")
@outbox.handles("financing.application.ended")
@outbox.handles("financing.auction.opened")
def stop_walks(*, message_id: int, at: datetime, application_id: int) -> None:
    """Stop the lenders' walks whose cases have lapsed, and the application's own if it has ended."""
    for process in BankProcess.objects.filter(bank_case__application_id=application_id, finished=None):
        if process.bank_case.state == BankCase.State.LAPSED:
            flows.cancel(process)
    quoting.forget_drafts(application_id)
    process_ = FinancingProcess.objects.filter(application_id=application_id, finished=None).first()
    if process_ is not None and not Application.objects.get(pk=application_id).is_open:
        flows.cancel(process_)


@outbox.handles("financing.application.submitted")
@outbox.handles("financing.application.held")
@outbox.handles("financing.application.returned")
@outbox.handles("financing.application.rejected")
@outbox.handles("financing.application.declined")
@outbox.handles("financing.application.offered")
@outbox.handles("financing.application.payment_failed")
@outbox.handles("financing.application.disbursed")
@outbox.handles("financing.application.settled")
@outbox.handles("financing.application.expired")
def tell_people(*, message_id: int, at: datetime, application_id: int) -> None:
    """Tell the next person of a hand-over, once: the message's key is the hand-over."""
    topic = OutboxMessage.objects.values_list("topic", flat=True).get(pk=message_id)
    application = Application.objects.select_related("supplier").get(pk=application_id)
    event = topic.rpartition(".")[2]
    if event in ("submitted", "payment_failed", "held"):
        telling.tell_platform(application, f"case.{event}", at, key=f":{message_id}")
    if event not in ("submitted", "payment_failed"):
        telling.tell_supplier(application, f"case.{event}", at, key=f":{message_id}")


@outbox.handles("financing.application.pledged")
def tell_who_brings(*, message_id: int, at: datetime, application_id: int) -> None:
    """Tell all who must bring something before the pledge stands in law."""
    application = Application.objects.select_related("supplier").get(pk=application_id)
    if application.state == Application.State.PLEDGED:
        bringing.tell(reference=application.number, at=at, key=f":{message_id}")


@outbox.handles("financing.application.routed")
def tell_lenders(*, message_id: int, at: datetime, application_id: int) -> None:
    """Tell the supplier that lenders are asked, and the lenders' makers that a case is there."""
    application = Application.objects.select_related("supplier").get(pk=application_id)
    if application.is_open:
        telling.tell_supplier(application, "case.routed", at)
    for case in application.bank_cases.select_related("bank", "application__supplier"):
        telling.tell_bank(case, "bank.new", at)


@outbox.handles("financing.application.accepted")
def tell_of_acceptance(*, message_id: int, at: datetime, application_id: int) -> None:
    """Tell each lender whether its offer was taken."""
    for case in BankCase.objects.filter(application_id=application_id).select_related("bank", "application__supplier"):
        if case.state == BankCase.State.ACCEPTED:
            telling.tell_bank(case, "bank.accepted", at, roles=(Role.MAKER, Role.CHECKER))
            if case.precedents:
                telling.tell_supplier(case.application, "supplier.precedents", at)
        elif case.state == BankCase.State.LAPSED:
            telling.tell_bank(case, "bank.lapsed", at, roles=(Role.MAKER, Role.CHECKER))


@outbox.handles("financing.bank_case.proposed")
def tell_checkers(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """Tell those checkers of a lender whose word can count that a proposal waits."""
    case = BankCase.objects.select_related("bank", "application__supplier", "application__product").get(pk=bank_case_id)
    if case.state == BankCase.State.CHECKER:
        who = checking.who_may(case, on=day_of(at))
        telling.tell_bank(case, "bank.check", at, roles=(Role.CHECKER,), key=f":{message_id}", people=who)


@outbox.handles("financing.bank_case.escalated")
def pass_on(*, message_id: int, at: datetime, bank_case_id: int, level: int) -> None:
    """A lender is late: its officers are told; late twice, whoever holds the case gives it up."""
    case = BankCase.objects.select_related("bank", "application__supplier").get(pk=bank_case_id)
    if level > 1:
        flows.give_up(BankProcess.objects.get(bank_case=case), lambda: escalating.free(bank_case_id=case.pk, at=at))
    code = "bank.late_twice" if level > 1 else "bank.late"
    telling.tell_bank(case, code, at, roles=(Role.MAKER, Role.CHECKER), key=f":{message_id}")


@outbox.handles("financing.precedent.brought")
@outbox.handles("financing.precedent.turned_down")
def tell_of_precedent(*, message_id: int, at: datetime, precedent_id: int) -> None:
    """Tell who goes on with something that must be there before payment."""
    row = Precedent.objects.select_related("bank_case__bank", "bank_case__application__supplier").get(pk=precedent_id)
    if OutboxMessage.objects.get(pk=message_id).topic == "financing.precedent.brought":
        telling.tell_bank(row.bank_case, "bank.brought", at, roles=(Role.CHECKER,), key=f":{message_id}")
    else:
        telling.tell_supplier(row.bank_case.application, "supplier.turned_down", at, key=f":{message_id}")


@outbox.handles("financing.bank_case.info_asked")
def tell_of_question(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """Tell whom a lender asks."""
    case = BankCase.objects.select_related("application__supplier").get(pk=bank_case_id)
    if case.asked == BankCase.Asked.PLATFORM:
        telling.tell_platform(case.application, "platform.asked", at, key=f":{message_id}")
    else:
        telling.tell_supplier(case.application, "supplier.asked", at, key=f":{message_id}")


@outbox.handles("financing.bank_case.info_answered")
def tell_of_answer(*, message_id: int, at: datetime, bank_case_id: int) -> None:
    """Tell the lender's makers that whoever they asked has answered."""
    case = BankCase.objects.select_related("bank", "application__supplier").get(pk=bank_case_id)
    telling.tell_bank(case, "bank.answered", at, key=f":{message_id}")


@outbox.handles("collateral.goods.converted")
def tell_of_receipt(*, message_id: int, at: datetime, reference: str) -> None:
    """Goods on a financed order were received: where a loan on the receipt may pay this one off, say so."""
    application = Application.objects.select_related("supplier", "product").filter(number=reference).first()
    if application is not None and liquidating.can_be_liquidated(application):
        telling.tell_supplier(application, "supplier.received", at, key=f":{message_id}")


@outbox.handles("collateral.margin.sold")
def tell_of_proceeds(*, message_id: int, at: datetime, call_id: int) -> None:
    """Goods were sold for a lender: their price is on its way."""
    margin_news.tell_of_proceeds(call_id=call_id, at=at)


@outbox.handles("collateral.margin.called")
@outbox.handles("collateral.margin.urgent")
@outbox.handles("collateral.margin.cured")
@outbox.handles("collateral.margin.overdue")
@outbox.handles("collateral.margin.sale")
def tell_of_margin_call(*, message_id: int, at: datetime, call_id: int, on: str = "") -> None:
    """Tell the supplier and the lender what became of a margin call."""
    topic = OutboxMessage.objects.values_list("topic", flat=True).get(pk=message_id)
    margin_news.tell_of_call(call_id=call_id, event=topic.rpartition(".")[2], at=at)


@outbox.handles("collateral.change.proposed")
@outbox.handles("collateral.change.done")
@outbox.handles("collateral.change.refused")
def tell_of_collateral_change(*, message_id: int, at: datetime, change_id: int) -> None:
    """Tell who decides on a change of collateral, or what was decided."""
    topic = OutboxMessage.objects.values_list("topic", flat=True).get(pk=message_id)
    margin_news.tell_of_change(change_id=change_id, event=topic.rpartition(".")[2], at=at)
