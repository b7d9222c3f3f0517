"""Who acts next. A flow never writes a state: each node calls one service, the
service fires one transition, and that transition is the truth. Delete the
flows' tables and no fact is lost.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow, lock
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from scf.kernel import clock
from scf.parties.models import User

from .. import views
from ..models import Application, BankCase, BankProcess, FinancingProcess
from ..services import ahead, applying, automatic, banking, paying, placing, securing

State = Application.State


def is_asked(activation: Any, whom: str) -> bool:
    """Whether a lender's question to `whom` is open."""
    case = activation.process.bank_case
    return case.state == BankCase.State.INFO_REQUESTED and case.asked == whom


class BankDecision(flow.Flow):
    """One lender's walk: maker, checker, and questions in between."""

    process_class = BankProcess
    process_title = _("Bank decision")
    lock_impl = lock.select_for_update_lock

    start = flow.StartHandle(this.begin).Next(this.by_rules)

    # the lender's own rules look first; what they cannot say yes to is its officers'
    by_rules = flow.Function(this.run_rules).Next(this.after_rules)

    after_rules = flow.If(lambda a: a.process.bank_case.state == BankCase.State.OFFERED).Then(this.end).Else(this.make)

    make = (
        flow.View(views.Make.as_view())
        .Annotation(title=_("Work out an offer"))
        .Permission("financing.make")
        .Next(this.after_make)
    )

    after_make = (
        flow.Switch()
        .Case(this.answer, lambda a: is_asked(a, BankCase.Asked.SUPPLIER))
        .Case(this.explain, lambda a: is_asked(a, BankCase.Asked.PLATFORM))
        .Default(this.check)
    )

    check = (
        flow.View(views.Check.as_view())
        .Annotation(title=_("Check the proposal"))
        .Permission("financing.check")
        .Next(this.after_check)
    )

    after_check = (
        flow.Switch()
        .Case(this.make, lambda a: a.process.bank_case.state == BankCase.State.SENT_BACK)
        .Case(this.answer, lambda a: is_asked(a, BankCase.Asked.SUPPLIER))
        .Case(this.explain, lambda a: is_asked(a, BankCase.Asked.PLATFORM))
        # one has spoken, and the lender's matrix wants more of them
        .Case(this.check, lambda a: a.process.bank_case.state == BankCase.State.CHECKER)
        .Default(this.end)
    )

    answer = (
        flow.View(views.Answer.as_view())
        .Annotation(title=_("Answer the lender"))
        .Permission("financing.answer")
        .Next(this.make)
    )

    explain = (
        flow.View(views.Answer.as_view())
        .Annotation(title=_("Answer the lender for the platform"))
        .Permission("financing.explain")
        .Next(this.make)
    )

    end = flow.End()

    def begin(self, activation: Any, bank_case: BankCase) -> None:
        """The lender was asked."""
        activation.process.bank_case = bank_case

    def run_rules(self, activation: Any) -> None:
        """The lender's rules decide, or leave it to people."""
        activation.process.bank_case = automatic.decide(
            bank_case_id=activation.process.bank_case_id, at=clock.now()
        )  # fmt: skip


class Financing(flow.Flow):
    """The walk of an application from submission to settlement."""

    process_class = FinancingProcess
    process_title = _("Financing")
    lock_impl = lock.select_for_update_lock

    start = flow.StartHandle(this.begin).Next(this.is_part)

    # what the whole was checked and approved for is not looked at again
    is_part = flow.If(lambda a: a.process.application.parent_id is not None).Then(this.route).Else(this.needs_person)

    needs_person = flow.If(lambda a: applying.needs_person(a.process.application)).Then(this.review).Else(this.route)

    review = (
        flow.View(views.Review.as_view())
        .Annotation(title=_("Review"))
        .Permission("financing.review")
        .Next(this.after_review)
    )

    after_review = (
        flow.Switch()
        .Case(this.correct, lambda a: a.process.application.state == State.RETURNED)
        .Case(this.end, lambda a: a.process.application.state == State.REJECTED)
        .Default(this.route)
    )

    correct = (
        flow.View(views.Correct.as_view())
        .Annotation(title=_("Correct and send again"))
        .Permission("financing.apply")
        .Next(this.needs_person)
    )

    route = flow.Function(this.run_route).Next(this.is_routed)

    is_routed = flow.If(lambda a: a.process.application.is_open).Then(this.await_offer).Else(this.end)

    await_offer = flow.Handle(this.on_offer).Next(this.has_offer)

    has_offer = flow.If(lambda a: a.process.application.is_open).Then(this.sign_ahead).Else(this.end)

    # where the borrower has signed ahead, an offer within that is taken at once
    sign_ahead = flow.Function(this.run_sign_ahead).Next(this.is_signed)

    is_signed = (
        flow.If(lambda a: a.process.application.state == State.ACCEPTED).Then(this.await_registers).Else(this.choose)
    )  # fmt: skip

    choose = (
        flow.View(views.Choose.as_view())
        .Annotation(title=_("Choose an offer"))
        .Permission("financing.accept")
        .Next(this.await_registers)
    )

    # a register that is down, slow, or knows the goods from another lender holds the case here
    await_registers = flow.Handle(this.on_registers).Next(this.await_effective)

    # no money moves before the pledge stands in law, or the lender's checker goes without what is missing
    await_effective = flow.Handle(this.on_effective).Next(this.await_payment)

    await_payment = flow.Handle(this.on_payment).Next(this.is_paid)

    is_paid = (
        flow.If(lambda a: a.process.application.state == State.DISBURSED)
        .Then(this.await_settlement)
        .Else(this.repair)
    )  # fmt: skip

    repair = (
        flow.View(views.Repair.as_view())
        .Annotation(title=_("Decide on the failed payment"))
        .Permission("financing.repair_payment")
        .Next(this.is_retried)
    )

    is_retried = flow.If(lambda a: a.process.application.is_open).Then(this.await_payment).Else(this.end)

    await_settlement = flow.Handle(this.on_settlement).Next(this.is_settled)

    # the payee's bank may have sent the money back: then the payment has failed after all
    is_settled = flow.If(lambda a: a.process.application.state == State.PAYMENT_FAILED).Then(this.repair).Else(this.end)

    end = flow.End()

    # Each node keeps the application that its service returned: the If after
    # it must see the row as it now stands.

    def begin(self, activation: Any, application: Application) -> None:
        """The supplier has submitted."""
        activation.process.application = application

    def run_route(self, activation: Any) -> None:
        """Ask the lenders and start a walk for each."""
        application = placing.route(application_id=activation.process.application_id, at=clock.now())
        activation.process.application = application
        for bank_case in application.bank_cases.select_related("application", "bank"):
            BankDecision.start.run(bank_case=bank_case)

    def run_sign_ahead(self, activation: Any) -> None:
        """Accept what the borrower accepted ahead, or leave it to the borrower."""
        activation.process.application = ahead.accept(application_id=activation.process.application_id, at=clock.now())

    def on_registers(self, activation: Any) -> None:
        """The registers know nothing against it: the goods become the lender's security."""
        activation.process.application = securing.pledge(
            application_id=activation.process.application_id, at=clock.now()
        )

    def on_effective(self, activation: Any) -> None:
        """The pledge stands: the lender is told to pay."""
        activation.process.application = paying.instruct(
            application_id=activation.process.application_id, by=None, at=clock.now()
        )

    def on_offer(self, activation: Any, bank_case_id: int) -> None:
        """A lender has decided."""
        activation.process.application = banking.report(bank_case_id=bank_case_id, at=clock.now())

    def on_payment(self, activation: Any, payment_id: int, is_paid: bool) -> None:
        """The lender has paid, or could not."""
        record = paying.record_paid if is_paid else paying.record_failed
        activation.process.application = record(payment_id=payment_id, at=clock.now())

    def on_settlement(self, activation: Any, loan_id: int) -> None:
        """The loan is repaid."""
        activation.process.application = paying.settle(loan_id=loan_id, at=clock.now())


OPEN_STATES = (STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)


def waiting_task(process: FinancingProcess | BankProcess, node: str) -> Task | None:
    """The unfinished task of `node` in `process`, if it waits there."""
    tasks = process.task_set.filter(status__in=OPEN_STATES).order_by("-pk")
    return next((task for task in tasks if task.flow_task is not None and task.flow_task.name == node), None)


def cancel(process: FinancingProcess | BankProcess) -> None:
    """Stop a walk whose case has ended; a finished one is left alone."""
    if process.finished is None:
        process.flow_class.instance.cancel(process)


def give_up(process: BankProcess, act: Callable[[], Any]) -> None:
    """Take a claimed maker's or checker's step away from whoever holds it, and call the service that notes it."""
    with process.flow_class.lock(process.pk):
        act()
        for node in ("make", "check"):
            task = waiting_task(process, node)
            if task is not None and task.status == STATUS.ASSIGNED:
                task.flow_task.activation_class(task).unassign()


def perform(process: FinancingProcess | BankProcess, node: str, user: User, act: Callable[[Any], None]) -> None:
    """Take the waiting step `node` as `user` without a page: `act` gets the process row and calls the service.

    For the demo's past and for tests; the flow's lock is held, as on a page.
    """
    with process.flow_class.lock(process.pk):
        task = waiting_task(process, node)
        assert task is not None, f"{node} does not wait in {process}"
        activation = task.flow_task.activation_class(task)
        if task.status == STATUS.NEW:
            activation.assign(user)
        activation.start(None)
        act(activation.process)
        activation.execute()
