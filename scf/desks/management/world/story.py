"""What happened so far: each case is played by the product's own services, in the order of the clock.

A case is a generator that yields the instants at which it goes on; the
scheduler runs whichever comes first, with the business clock pinned there,
and delivers what the outbox promised.
"""

# budget: orchestration: the story plays every app by its services
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from scf.banks import selectors as banks
from scf.banks.gateways.sandbox_bank.bank import SandboxBanks
from scf.banks.services import messages
from scf.collateral import selectors as collateral
from scf.collateral.selectors import perfection
from scf.collateral.services import perfecting
from scf.domain.money import Money
from scf.domain.rates import Agreement, Index, Reset
from scf.financing.flows import perform
from scf.financing.models import Application, BankCase, BankProcess, FinancingProcess
from scf.financing.selectors import products
from scf.financing.services import applying, asking, banking, checking, choosing, expiring, paying, reviewing
from scf.kernel import clock, outbox
from scf.parties.models import BankAccount, Membership
from scf.servicing import selectors as servicing
from scf.servicing.models import Loan
from scf.servicing.services import statements

from ... import welcome
from . import signers

SHANGHAI = ZoneInfo("Asia/Shanghai")
Walk = Iterator[datetime]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story is played: its first day, its last instant, and the banks."""

    first_day: date
    until: datetime
    bank_books: SandboxBanks

    def at(self, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """An instant of the story, in business time."""
        return datetime.combine(self.first_day + timedelta(days=day), time(hour, minute), SHANGHAI)


@cache
def member(email: str) -> Membership:
    """Somebody of the demo, by the first part of the address; nobody changes roles in the story."""
    return Membership.objects.select_related("user", "organisation").get(user__email=f"{email}@demo.invalid")


def play(walks: list[Walk], stage: Stage) -> None:
    """Run all walks in the order of the clock; what lies after the stage's last instant is left undone."""
    queue: list[tuple[datetime, int, Walk]] = []
    post = Post(stage.bank_books)
    for index, walk in enumerate(walks):
        _push(queue, walk, index)
    while queue:
        at, index, walk = heapq.heappop(queue)
        if at > stage.until:
            continue
        with clock.pinned(at):
            _push(queue, walk, index)
        post.settle(at)
    post.settle(stage.until)


def _push(queue: list[tuple[datetime, int, Walk]], walk: Walk, index: int) -> None:
    following = next(walk, None)
    if following is not None:
        heapq.heappush(queue, (following, index, walk))


class Post:
    """What worker and beat do: promises are kept, and the banks' messages collected where a bank may have any."""

    def __init__(self, books: SandboxBanks) -> None:
        self._books, self._seen = books, -1

    def settle(self, at: datetime) -> None:
        """Keep every promise that is due, collect the banks' messages, and what follows from them."""
        with clock.pinned(at):
            for _round in range(3):
                outbox.deliver_all(now=at)
                if not self._books.has_news(since=self._seen):
                    return
                self._seen = self._books.facts_count
                for connection in banks.connections():
                    messages.collect(connection=connection, at=at)


def case(stage: Stage, spec: dict[str, Any]) -> Walk:
    """One case from draft to where it is left."""
    stop, day = spec.get("stop", ""), spec["day"]
    applicant, reviewer = member(f"signatory.{spec['supplier']}"), member("reviewer")
    yield stage.at(day, 9, 30)
    application = _draft(spec, applicant)
    if stop == "DRAFT":
        return
    yield stage.at(day, 10)
    applying.submit(application_id=application.pk, by=applicant, at=clock.now())
    if stop == "WITHDRAWN":
        yield stage.at(day, 11)
        applying.withdraw(application_id=application.pk, by=applicant, at=clock.now())
    if stop in ("SUBMITTED", "WITHDRAWN"):
        return
    yield stage.at(day, 13)
    reviewing.claim(application_id=application.pk, by=reviewer, at=clock.now())
    if stop == "IN_REVIEW":
        task = FinancingProcess.objects.get(application=application).task_set.order_by("-pk").first()
        if task is not None:
            task.flow_task.activation_class(task).assign(reviewer.user)
        return
    yield stage.at(day, 14)
    _review(application, stop, reviewer)
    if stop in ("RETURNED", "REJECTED", "ROUTED"):
        return
    yield from _lenders(stage, application, spec)
    if spec.get("accept"):
        yield from _loan(stage, application, spec, applicant)


def _draft(spec: dict[str, Any], by: Membership) -> Application:
    product = products()[spec.get("product", "RECEIPT")]
    found = collateral.offerables(organisation=by.organisation, terms={product.code: product.terms}, on=clock.today())
    chosen = [o for o in found if o.line.document_number == spec["document"] and o.lendable.minor]
    assert chosen, f"nothing to borrow on {spec['document']}"
    lendable = collateral.available(chosen, chosen[0].line.currency)
    amount = lendable.floor_times(Decimal(spec.get("share", "0.95")))
    amount = Money(amount.minor // 100_000 * 100_000, amount.currency)
    application = applying.start_draft(product=product, currency=amount.currency, by=by, at=clock.now())
    applying.choose_lines(
        application_id=application.pk, line_ids=[o.line.line_id for o in chosen], by=by, on=clock.today()
    )
    wanted_on = clock.today() + timedelta(days=spec.get("wanted", 0))
    return applying.set_terms(
        application_id=application.pk, amount=amount, tenor_days=spec["tenor"], wanted_on=wanted_on, note="", by=by
    )


def _review(application: Application, stop: str, reviewer: Membership) -> None:
    decision, reason = {
        "RETURNED": (reviewing.RETURN, "请补充购销合同的签字页。"),
        "REJECTED": (reviewing.REJECT, "采购方确认该批货物已经付款。"),
    }.get(stop, (reviewing.APPROVE, ""))

    def act(process: Any) -> None:
        process.application = reviewing.decide(
            application_id=application.pk, decision=decision, reason=reason, by=reviewer, at=clock.now()
        )

    perform(FinancingProcess.objects.get(application=application), "review", reviewer.user, act)


def _officers(bank_case: BankCase) -> tuple[Membership, Membership]:
    number = {"demo-bank-one": 1, "demo-bank-two": 2, "demo-microcredit": 3}[bank_case.bank.code]
    return member(f"maker{number}"), member(f"head{number}")


def _lenders(stage: Stage, application: Application, spec: dict[str, Any]) -> Walk:
    """Each lender that was asked works, in turn, as the story says; the others decline."""
    stop, rates = spec.get("stop", ""), dict(spec.get("offers", []))
    for index, bank_case in enumerate(application.bank_cases.select_related("bank", "application").order_by("id")):
        rate = rates.get(bank_case.bank.code)
        is_stop = stop in ("MAKER", "CHECKER", "SENT_BACK", "INFO_REQUESTED")
        if rate is None and (stop == "SEALED" or (is_stop and index > 0)):
            continue
        maker, checker = _officers(bank_case)
        yield stage.at(spec["day"], 15, 10 * index)
        banking.claim(bank_case_id=bank_case.pk, by=maker, at=clock.now())
        process = BankProcess.objects.get(bank_case=bank_case)
        if stop == "MAKER":
            task = process.task_set.order_by("-pk").first()
            if task is not None:
                task.flow_task.activation_class(task).assign(maker.user)
            return
        perform(process, "make", maker.user, _proposal(bank_case, rate, stop, maker))
        if stop in ("CHECKER", "INFO_REQUESTED"):
            return
        yield stage.at(spec["day"], 16, 10 * index)
        perform(process, "check", checker.user, _check(bank_case, stop, checker))


def _proposal(bank_case: BankCase, rate: str | None, stop: str, maker: Membership) -> Any:
    def act(process: Any) -> None:
        common: dict[str, Any] = {"bank_case_id": bank_case.pk, "by": maker, "at": clock.now()}
        if stop == "INFO_REQUESTED":
            process.bank_case = asking.ask(text="请说明采购方最近两次付款的日期。", **common)
        elif rate is None:
            process.bank_case = banking.propose_decline(reason="EXPOSURE", note="", **common)
        else:
            application = bank_case.application
            process.bank_case = banking.propose_offer(
                amount=application.amount, tenor_days=application.tenor_days or 1, **_priced(rate),
                conditions="回款须进入本行收款账户。", expires_on=clock.today() + timedelta(days=7), note="", **common,
            )  # fmt: skip

    return act


def _priced(text: str) -> dict[str, Any]:
    """A yearly rate in percent, or an index with points and its resets: "LPR1Y+118 MONTHLY"."""
    if not text.startswith("LPR"):
        return {"annual_rate": Decimal(text) / 100}
    formula, reset = text.split()
    index, _, points = formula.partition("+")
    return {"annual_rate": None, "agreement": Agreement(Index(index), int(points), Reset(reset))}


def _check(bank_case: BankCase, stop: str, checker: Membership) -> Any:
    def act(process: Any) -> None:
        common: dict[str, Any] = {"bank_case_id": bank_case.pk, "by": checker, "at": clock.now()}
        if stop == "SENT_BACK":
            process.bank_case = checking.send_back(note="利率低于定价表，请重算。", **common)
        else:
            process.bank_case = checking.confirm(**common)

    return act


def _loan(stage: Stage, application: Application, spec: dict[str, Any], signatory: Membership) -> Walk:
    yield stage.at(spec["day"] + 1, 9)
    chosen = application.bank_cases.get(bank__code=spec["accept"])

    def sign(process: Any) -> None:
        process.application = choosing.accept(
            application_id=application.pk, bank_case_id=chosen.pk, proof=welcome.PASSWORD, by=signatory, at=clock.now()
        )

    perform(FinancingProcess.objects.get(application=application), "choose", signatory.user, sign)
    if spec.get("stop") == "PLEDGED":
        return
    yield stage.at(spec["day"] + 1, 9, 30)
    signers.perfect(application, signatory)
    _perfect(application, _officers(chosen)[1])
    if spec.get("stop") == "UNWOUND":
        yield stage.at(spec["day"] + 2, 10)
        clerk = member("clerk")

        def give_up(process: Any) -> None:
            process.application = paying.unwind(
                application_id=application.pk, reason="收款账户已注销，供应商放弃。", by=clerk, at=clock.now()
            )

        perform(FinancingProcess.objects.get(application=application), "repair", clerk.user, give_up)
        return
    for number, (offset, amount, payer) in enumerate(spec.get("repayments", [])):
        yield stage.at(spec["day"] + 1, 10)
        loan = Loan.objects.select_related("bank", "supplier", "buyer").get(reference=application.number)
        day = (loan.maturity_date - stage.first_day).days + offset
        yield stage.at(day, 11)
        _repay(stage, loan, amount, payer, number)


def _perfect(application: Application, checker: Membership) -> None:
    """The lender's checker goes without what the pledge still lacks, and says why."""
    held = collateral.pledge_of(application.number)
    for element in perfection.missing(held) if held is not None else []:
        perfecting.waive(
            reference=application.number, element=element, reason="演示：框架协议已约定，本笔免于此项。", by=checker,
            at=clock.now(),
        )  # fmt: skip


def _repay(stage: Stage, loan: Loan, amount: str, payer: str, number: int) -> None:
    """The payer pays at the bank; the clerk imports that day's statement."""
    today, clerk = clock.today(), member("clerk")
    payoff = servicing.standing(loan, today).now.payoff.minor
    beyond = int(amount.lstrip("+")) * 100 if amount.startswith("+") else 0
    minor = loan.principal_minor // 2 if amount == "half" else payoff + beyond
    account = loan.bank.bank_accounts.get(purpose=BankAccount.Purpose.COLLECTION, currency=loan.currency)
    party = loan.buyer if payer == "BUYER" and loan.buyer else loan.supplier
    stage.bank_books.pay_in(
        loan.bank.code, key=f"{loan.number}-{number}", account=account.number, amount_minor=minor,
        currency=loan.currency, reference=f"还款 {loan.number}", value_date=today, payer_name=party.name,
        payer_account="",
    )  # fmt: skip
    statements.fetch_statement(account=account, from_date=today, to_date=today, by=clerk, at=clock.now())


def stray_payment(stage: Stage, day: int) -> Walk:
    """Money without a reference: it waits in suspense."""
    yield stage.at(day, 11)
    account = BankAccount.objects.select_related("organisation").get(
        organisation__code="demo-bank-one", purpose=BankAccount.Purpose.COLLECTION, currency="CNY"
    )
    stage.bank_books.pay_in(
        "demo-bank-one", key=f"stray-{day}", account=account.number, amount_minor=88_000_00, currency="CNY",
        reference="货款", value_date=clock.today(), payer_name="虚构百汇百货有限公司", payer_account="",
    )  # fmt: skip
    statements.fetch_statement(
        account=account, from_date=clock.today(), to_date=clock.today(), by=member("clerk"), at=clock.now()
    )


def keepers_count(stage: Stage, days: int) -> Walk:
    """Keepers count what has come in, every evening."""
    for day in range(1, days):
        yield stage.at(day, 20)
        signers.count_what_came()


def ask_signers(stage: Stage, day: int) -> Walk:
    """Suppliers ask for their papers to be confirmed."""
    yield stage.at(day, 17)
    signers.ask_some()


def nightly(stage: Stage, days: int) -> Walk:
    """What the clock ends, every night."""
    for day in range(1, days):
        yield stage.at(day, 23)
        expiring.expire(at=clock.now())
