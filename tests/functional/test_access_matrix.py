"""Every address as every role, as the same roles of others, and as strangers.

An address that is not in ADDRESSES fails: whoever adds one says who may see it.
"""

# budget: the matrix is one table, and what reads it stands beside it
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from scf.banks.models import OutgoingFile, Payment
from scf.banks.services import absences, authority, investigations, licences, programmes
from scf.banks.services.outgoing import OutgoingFiles
from scf.collateral.models import Cap, MarginCall, Pledge, Resemblance, Stock
from scf.documents.services import store_file
from scf.domain.authority import Hat, Power
from scf.domain.money import Money
from scf.domain.routing import Mode, Seat
from scf.financing.models import Application, BankProcess
from scf.financing.services import applying, automatic
from scf.kernel import clock
from scf.notifications.models import Notification
from scf.orders.models import ColumnMapping, ImportBatch, SignerRegistration, TradeDocument
from scf.orders.services import asking
from scf.parties.models import BankAccount, Membership, Organisation, PayeeChange, Role, User
from scf.servicing.models import ExportJob, IncomingPayment, Loan
from scf.servicing.selectors import day_end as day_end_selectors
from scf.servicing.services import changes, day_end, exports, statements
from tests.factories import PASSWORD, account, member, organisation
from tests.trade_world import Person, TradeWorld, client_of, step

OK, MOVED, DENIED, GONE, METHOD = 200, 302, 403, 404, 405

SUPPLIER = {"applicant", "signatory"}
PLATFORM = {"reviewer", "clerk"}
LENDER = {"maker", "checker"}
SIGNERS = {"buyer signer", "keeper signer"}
EVERYBODY = {"applicant", "signatory", "reviewer", "clerk", "maker", "checker", "administrator",
             "bank administrator"} | SIGNERS  # fmt: skip
# The same roles at organisations that have nothing to do with the case.
FOREIGN = {"rival applicant", "rival signatory", "rival clerk", "rival reviewer", "rival maker", "rival checker",
           "rival administrator", "foreign maker", "foreign checker", "foreign clerk", "foreign administrator",
           "foreign buyer signer", "foreign keeper signer"}  # fmt: skip
WITH_ROLE = EVERYBODY | FOREIGN
LOGIN = "/login/"


@dataclass(frozen=True)
class Address:
    """Who gets what. Not in `seen`: 403 without the permission, 404 where the row is another's; never the content.

    seen    who gets `answer` on GET; `redirected` who of them is led on instead
    answer  200, or 302 where the page only leads on
    posts   whether the address takes POST; `posted` who may send it (others 403 or 404)
    gets    False where the address takes POST only
    is_open anonymous people too
    """

    seen: set[str] = field(default_factory=set)
    answer: int = OK
    posts: bool = False
    posted: set[str] = field(default_factory=set)
    gets: bool = True
    is_open: bool = False
    redirected: set[str] = field(default_factory=set)

    def on_get(self, who: str) -> set[int]:
        """What `who` may get."""
        if not self.gets:
            return {METHOD, DENIED}
        if who in self.seen:
            return {MOVED if who in self.redirected else self.answer}
        return {DENIED, GONE}

    def on_post(self, who: str) -> set[int]:
        """What `who` may get for an empty form."""
        if not self.posts:
            return {METHOD, DENIED, GONE}
        return {OK, MOVED, 422} if who in self.posted else {DENIED, GONE}


SEES_CASE = SUPPLIER | PLATFORM | LENDER
RECONCILES = {"clerk"}
VIEWS = {"rival applicant", "rival signatory", "rival clerk", "rival maker", "rival checker", "rival reviewer",
         "foreign maker", "foreign checker", "foreign clerk"}  # fmt: skip
SPEAKS = SIGNERS | {"foreign buyer signer", "foreign keeper signer"}
KEEPS = {"keeper signer", "foreign keeper signer"}
REGISTERS = {"administrator", "reviewer"}
ORDERS = SUPPLIER | PLATFORM | SPEAKS
ORDERS |= {"rival applicant", "rival signatory", "rival clerk", "rival reviewer", "foreign clerk"}
IMPORTS = SUPPLIER | {"rival applicant", "rival signatory"}
LOANS = SUPPLIER | PLATFORM | LENDER | (VIEWS - {"rival reviewer"})
EXPORTS = {"clerk", "rival clerk", "foreign clerk"}
RATES = {"clerk", "administrator"}
PLACES = {"reviewer", "administrator"}
WORTH = RATES | {"reviewer"} | LENDER | {"foreign maker", "foreign checker"}
LENDS = LENDER | {"bank administrator", "foreign maker", "foreign checker", "foreign administrator"}
LENDS_ON = {"bank administrator", "foreign administrator"}
BOOKS = {"clerk"} | LENDER | {"foreign maker", "foreign checker", "foreign clerk"}

CARRIES = LENDER | {"foreign maker", "foreign checker"}

ADDRESSES: dict[str, Address] = {
    "healthz": Address(WITH_ROLE, posts=True, posted=WITH_ROLE, is_open=True),
    "desks:home": Address(WITH_ROLE, redirected=LENDS_ON),
    "desks:search": Address(WITH_ROLE),
    "desks:unread": Address(WITH_ROLE),
    "desks:clock": Address(WITH_ROLE, posts=True, posted=WITH_ROLE),
    "parties:login": Address(WITH_ROLE, answer=MOVED, posts=True, posted=WITH_ROLE, is_open=True),
    "desks:try-again": Address(gets=False, posts=True, posted={"administrator"}),
    "parties:password-reset": Address(WITH_ROLE, posts=True, posted=WITH_ROLE, is_open=True),
    "parties:password-reset-done": Address(WITH_ROLE, is_open=True),
    "parties:password-reset-confirm": Address(WITH_ROLE, posts=True, posted=WITH_ROLE, is_open=True),
    "parties:logout": Address(gets=False, posts=True, posted=WITH_ROLE, is_open=True),
    "parties:security": Address(WITH_ROLE, posts=True, posted=WITH_ROLE),
    "parties:switch": Address(gets=False, posts=True),
    "parties:language": Address(gets=False, posts=True, posted=WITH_ROLE, is_open=True),
    "parties:payee-list": Address({"reviewer"}, posts=True, posted={"reviewer"}),
    "parties:payee-decide": Address(gets=False, posts=True, posted={"reviewer"}),
    "parties:related-list": Address({"reviewer"}, posts=True, posted={"reviewer"}),
    "parties:own-accounts": Address(IMPORTS, posts=True, posted={"signatory", "rival signatory"}),
    "notifications:inbox": Address(WITH_ROLE, posts=True, posted=WITH_ROLE),
    "notifications:open": Address({"applicant"}, answer=MOVED),
    "orders:document-list": Address(ORDERS),
    "orders:document-detail": Address(SUPPLIER | PLATFORM | {"buyer signer"}),
    "orders:document-file": Address(SUPPLIER | PLATFORM | {"buyer signer"}),
    "orders:document-speak": Address({"buyer signer"}, posts=True, posted={"buyer signer"}),
    "orders:document-ask": Address(gets=False, posts=True, posted=SUPPLIER | {"reviewer"}),
    "orders:confirmation-list": Address(SPEAKS),
    "orders:confirmation-link": Address({"buyer signer"}, answer=MOVED),
    "orders:signer-list": Address(REGISTERS),
    "orders:signer-propose": Address(gets=False, posts=True, posted=REGISTERS),
    "orders:signer-decide": Address(gets=False, posts=True, posted=REGISTERS),
    "orders:signer-evidence": Address(REGISTERS),
    "orders:document-link": Address(gets=False, posts=True, posted={"reviewer"}),
    "orders:upload": Address(IMPORTS, posts=True, posted=IMPORTS),
    "orders:batch-detail": Address(SUPPLIER),
    "orders:template": Address(IMPORTS),
    "orders:document-new": Address(IMPORTS, posts=True, posted=IMPORTS),
    "orders:mapping-list": Address(IMPORTS, posts=True, posted=IMPORTS),
    "orders:mapping-save": Address(gets=False, posts=True, posted=IMPORTS),
    "orders:mapping-delete": Address(gets=False, posts=True, posted=SUPPLIER),
    "financing:apply": Address(IMPORTS, posts=True),
    "financing:apply-cheapest": Address(IMPORTS, posts=True, posted=IMPORTS),
    "financing:apply-need": Address(SUPPLIER, posts=True, posted=SUPPLIER),
    "financing:apply-cost": Address(SUPPLIER),
    "financing:apply-goods": Address(SUPPLIER, posts=True, posted=SUPPLIER),
    "financing:apply-review": Address(SUPPLIER, posts=True, posted=SUPPLIER),
    "financing:rule-list": Address(LENDS, posts=True, posted=LENDS_ON),
    "financing:rule-decide": Address(gets=False, posts=True, posted={"checker", "bank administrator"}),
    "financing:case-list": Address(SEES_CASE | VIEWS),
    "financing:case": Address(SEES_CASE),
    "financing:case-goods": Address(SEES_CASE, posts=True, posted={"signatory", "checker"}),
    "financing:go-on": Address(gets=False, posts=True, posted={"reviewer"}),
    "financing:liquidate": Address(gets=False, posts=True, posted=SUPPLIER),
    "financing:sign-ahead": Address(gets=False, posts=True, posted={"signatory"}),
    "financing:withdraw": Address(gets=False, posts=True, posted=SUPPLIER),
    "financing:attachment": Address(SEES_CASE),
    "financing:case-document": Address(SEES_CASE),
    "financing:case-document-file": Address(SEES_CASE),
    "financing:contract": Address(SEES_CASE),
    "financing:info-file": Address(SUPPLIER | LENDER),
    "financing:decision": Address(LENDER),
    "financing:decision-seen": Address(LENDER),
    "financing:precedent": Address(gets=False, posts=True),  # each act has its own roles; an empty form has none
    "financing:precedent-file": Address(SEES_CASE),
    "financing:queue": Address(SEES_CASE | VIEWS, redirected=SUPPLIER | EXPORTS | IMPORTS),
    "financing:work": Address({"reviewer"}, answer=MOVED, posts=True, posted={"reviewer"}),
    "financing:claim": Address(gets=False, posts=True, posted={"reviewer"}),
    "financing:release": Address(gets=False, posts=True),
    "financing:assign": Address(gets=False, posts=True, posted={"checker"}),
    "servicing:loan-list": Address(LOANS),
    "servicing:loan": Address(SUPPLIER | PLATFORM | LENDER),
    "servicing:loan-statement": Address(SUPPLIER | PLATFORM | LENDER),
    "servicing:refund": Address(RECONCILES, posts=True, posted=RECONCILES),
    "servicing:supplier-statement": Address(SUPPLIER | PLATFORM | LENDER),
    "servicing:repayment-notice": Address(SUPPLIER | PLATFORM | LENDER),
    "servicing:overdue-notice": Address(SUPPLIER | PLATFORM | LENDER, answer=422),
    "servicing:settlement-certificate": Address(SUPPLIER | PLATFORM | LENDER, answer=422),
    "servicing:interest-certificate": Address(SUPPLIER | PLATFORM | LENDER, answer=MOVED),
    "servicing:portfolio-report": Address({"clerk"} | LENDER),
    "servicing:change-list": Address(LENDER | {"foreign maker", "foreign checker"}),
    "servicing:change-new": Address({"maker"}, posts=True, posted={"maker"}),
    "servicing:change": Address(LENDER, posts=True, posted=LENDER),
    "servicing:reconciliation": Address(RECONCILES),
    "servicing:statement-upload": Address(gets=False, posts=True, posted=RECONCILES),
    "servicing:statement-fetch": Address(gets=False, posts=True, posted=RECONCILES),
    "servicing:incoming": Address(RECONCILES, posts=True, posted=RECONCILES),
    "servicing:desk": Address(RECONCILES),
    "servicing:payers": Address(RECONCILES, posts=True, posted=RECONCILES),
    "servicing:day-end-list": Address(RECONCILES, posts=True, posted=RECONCILES),
    "servicing:day-end-file": Address(RECONCILES),
    "servicing:report-list": Address(BOOKS | EXPORTS),
    "servicing:rate-list": Address(RATES | LENDER | {"foreign maker", "foreign checker"}),
    **{
        f"servicing:{name}": Address(gets=False, posts=True, posted=RATES)
        for name in ("rate-enter", "rate-upload", "rate-decide")
    },
    **{
        f"servicing:{name}": Address(BOOKS)
        for name in ("trial-balance", "subledger", "arrears", "due-calendar", "accrual")
    },
    "banks:appetite-list": Address(LENDS),
    "banks:appetite-new": Address(LENDS_ON, posts=True, posted=LENDS_ON),
    "banks:appetite": Address(LENDER | {"bank administrator"}, posts=True, posted={"checker", "bank administrator"}),
    "banks:authority": Address(LENDS),
    "banks:authority-new": Address(LENDS_ON, posts=True, posted=LENDS_ON),
    "banks:authority-version": Address(
        LENDER | {"bank administrator"}, posts=True, posted={"checker", "bank administrator"}
    ),
    "banks:absence-new": Address(gets=False, posts=True, posted=LENDS),
    "banks:absence-end": Address(gets=False, posts=True, posted=LENDER | {"bank administrator"}),
    "banks:file-list": Address(CARRIES, posts=True, posted=CARRIES),
    "banks:file-take": Address(gets=False, posts=True, posted=LENDER),
    "banks:push": Address(gets=False, is_open=True),  # a bank's machine signs each request; whoever has not gets 403
    "banks:investigation-list": Address(RECONCILES),
    "banks:investigation-close": Address(gets=False, posts=True, posted=RECONCILES),
    "banks:payment": Address(RECONCILES, posts=True, posted=RECONCILES),
    "banks:programme-list": Address(PLACES),
    "banks:programme-new": Address(PLACES, posts=True, posted=PLACES),
    "banks:programme": Address(PLACES, posts=True, posted=PLACES),
    "banks:licence-list": Address(LENDS | {"administrator"}),
    "banks:licence-enter": Address(gets=False, posts=True, posted=LENDS_ON),
    "banks:licence-decide": Address(gets=False, posts=True, posted={"administrator", "bank administrator"}),
    "collateral:price-list": Address(WORTH),
    "collateral:cap-list": Address(WORTH),
    "collateral:cap": Address(RATES | {"reviewer", "maker", "checker"}),
    "collateral:stock-list": Address(KEEPS | {"reviewer"}),
    "collateral:stock": Address({"keeper signer", "reviewer"}),
    "collateral:stock-count": Address(gets=False, posts=True, posted={"keeper signer"}),
    "collateral:stock-capacity": Address(gets=False, posts=True, posted={"reviewer"}),
    "collateral:stock-lock": Address(gets=False, posts=True, posted=KEEPS),  # 422: nothing of theirs waits
    "collateral:stock-release": Address(gets=False, posts=True, posted=KEEPS),
    "collateral:pledge-waive": Address(gets=False, posts=True, posted={"checker"}),
    "collateral:pledge-take-back": Address(gets=False, posts=True, posted={"checker"}),
    "collateral:pledge-endorse": Address(gets=False, posts=True, posted={"signatory"}),
    "collateral:pledge-evidence": Address(SEES_CASE),
    "collateral:goods-life": Address(SUPPLIER | PLATFORM, posts=True, posted=SUPPLIER | {"reviewer"}),
    "collateral:margin-list": Address(SEES_CASE | VIEWS),
    **{
        f"collateral:margin-{act}": Address(gets=False, posts=True, posted={"checker"})
        for act in ("extend", "sell", "sold", "call-off")
    },
    "collateral:goods-name": Address(gets=False, posts=True, posted={"reviewer"}),
    "collateral:match-list": Address({"reviewer"}),
    "collateral:match": Address({"reviewer"}, posts=True, posted={"reviewer"}),
    "collateral:register-list": Address({"reviewer"}, posts=True, posted={"reviewer"}),
    **{
        f"collateral:{name}": Address(gets=False, posts=True, posted=RATES)
        for name in ("price-enter", "price-upload", "price-decide", "cap-enter", "cap-decide")
    },
    "servicing:export-list": Address(EXPORTS, posts=True, posted=EXPORTS),
    "servicing:export-one": Address(EXPORTS, answer=MOVED),
    "servicing:export-row": Address({"clerk"}),
    "servicing:export-file": Address({"clerk"}),
}


def names_of(patterns: Any, namespace: str = "") -> Iterator[str]:
    """Every named address; one without a name stands as its route."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace == "admin":
                continue  # tested below, by the registry
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from names_of(entry.url_patterns, inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name or entry.pattern}"


class Scene:
    """One settled world: a case with a loan, one in review, a draft, files of every kind, and everybody."""

    def __init__(self, world: TradeWorld) -> None:
        self.world = world
        self._cases()
        self._files()
        self.people = dict(self._people())
        self.secrets = [
            self.case.number, self.waiting.number, self.draft.number, world.supplier.name, self.loan.number,
            "GR-1", world.payee.number,
        ]  # fmt: skip

    def _cases(self) -> None:
        world = self.world
        self.case = Person(world, world.applicant).apply("GR-1")
        Person(world, world.reviewer).take(self.case, "review", decision="APPROVE")
        self.bank_case = self.case.bank_cases.get(bank=world.bank)
        Person(world, world.maker).offer(self.bank_case)
        Person(world, world.checker).take(self.bank_case, "check", action="CONFIRM")
        Person(world, world.signatory).sign(self.case, self.bank_case)
        self.loan = Loan.objects.get(reference=self.case.number)
        world.order("PO-2")
        world.receipt("GR-2", of="PO-2")
        self.waiting = Person(world, world.applicant).apply("GR-2")
        world.order("PO-3")
        world.receipt("GR-3", of="PO-3")
        self.draft = world.draft("GR-3")

        fee = changes.Proposal(kind="FEE", value_date=clock.today(), why="GR-1", amount=Money(500_00, "CNY"))
        self.change = changes.propose(loan_id=self.loan.pk, proposal=fee, by=world.maker, at=clock.now())

    def _files(self) -> None:  # budget: one row of every kind
        world, at = self.world, clock.now()
        stored = store_file(content=b"%PDF-1.4 of the supplier", name="appendix.pdf", media_type="application/pdf",
                            owner=world.supplier, by=world.applicant, at=at)  # fmt: skip
        self.attachment = self.case.attachments.create(file=stored)
        self.document = TradeDocument.objects.get(number="GR-1")
        self.stock = Stock.objects.create(warehouse=world.keeper, level="KIND", key="copper", name="copper", unit="t")
        self.signer = member(world.buyer, Role.SIGNER)
        self.asked = asking.ask(document_id=self.document.pk, by=world.applicant, at=at)
        self.registration = SignerRegistration.objects.get(membership=self.signer)
        self.mapping = ColumnMapping.objects.create(organisation=world.supplier, name="Ours", kind="order", mapping={})
        collection = world.bank.bank_accounts.get(purpose="COLLECTION")
        world.books.pay_in(world.bank.code, key="stray", account=collection.number, amount_minor=5, currency="CNY",
                           reference="?", value_date=clock.today(), payer_name="?", payer_account="")  # fmt: skip
        statements.fetch_statement(
            account=collection, from_date=clock.today(), to_date=clock.today(), by=world.clerk, at=at
        )
        self.incoming = IncomingPayment.objects.latest("pk")
        day = day_end_selectors.day_end(collection, clock.today())
        assert day is not None
        self.day_end = day_end.sign(
            account_id=collection.pk, day=clock.today(), seen=day_end.digest(day), by=world.clerk, at=at
        )
        one, other = TradeDocument.objects.filter(owner=world.supplier).order_by("pk")[:2]
        self.pair = Resemblance.objects.create(low=one, high=other, grade="WEAK")
        self.notice = Notification.objects.filter(membership=world.applicant).earliest("pk")
        month = clock.today().replace(day=1)
        self.job = exports.request_export(month=month, kind="LOANS", language="en", by=world.clerk, at=at)
        world.pump()
        self.job = ExportJob.objects.get(pk=self.job.pk)
        assert self.job.file is not None
        pledge = Pledge.objects.get(reference=self.case.number)
        self.licence = licences.propose(
            wanted=licences.Wanted("BANK", "B-1", Money.of("900000000.00", "CNY"), valid_from=clock.today()),
            by=member(world.bank, Role.ADMINISTRATOR), at=at,
        )  # fmt: skip
        self.file_out = self._by_hand(Payment.objects.get(reference=self.case.number))
        with transaction.atomic():
            self.investigation = investigations.open_once(
                kind="WRONG_AMOUNT", payment=Payment.objects.get(reference=self.case.number), at=at
            )
        self.rule = automatic.propose(
            amount_max=Money.of("1000.00", "CNY"), tenor_days_max=60, products=[], grade_min="", offer_days=3,
            valid_from=clock.today(), why="test", by=member(world.bank, Role.ADMINISTRATOR), at=at,
        )  # fmt: skip
        self._desk(stored)
        self.cap = Cap.objects.create(
            level="BUYER", organisation=world.buyer, lender=world.bank, limit_minor=1, valid_from=clock.today()
        )
        self.evidence = pledge.evidence.get(element="CONTRACT")
        self.call = MarginCall.objects.create(
            pledge=pledge, cause="DAY", made_at=at, amount_minor=1, currency="CNY", deadline=clock.today()
        )

    def _by_hand(self, payment: Payment) -> OutgoingFile:
        """A payment file that waits for the lender's officers."""
        files, name = OutgoingFiles(self.world.bank), "pain.001_X.xml"
        files.keep(
            name=name, kind="pain.001", about=payment.end_to_end_id, content=lambda: b"<Document/>", at=clock.now()
        )
        files.hand_over(name, at=clock.now(), by_hand=True)
        return OutgoingFile.objects.get(name=name)

    def _desk(self, stored: Any) -> None:
        """A lender's matrix, an absence, a question with a file, evidence before payment."""
        world, at, today = self.world, clock.now(), clock.today()
        self.matrix = authority.propose(
            powers=[Power(world.junior.user_id, Hat.SIGN, Money(100, "CNY"))], rungs=[], valid_from=today, why="test",
            by=member(world.bank, Role.ADMINISTRATOR), at=at,
        )  # fmt: skip
        seats = [Seat(world.bank.pk, 1, 1)]
        wanted = programmes.Wanted(name="GR-1", mode=Mode.FIXED, seats=seats, valid_from=today)
        self.programme = programmes.propose(wanted=wanted, why="test", by=world.reviewer, at=at)
        self.absence = absences.enter(
            person=world.junior, substitute=None, from_date=today, to_date=today, by=world.junior, at=at
        )
        self.info = self.bank_case.info.create(author=world.applicant, text="GR-1", file=stored, at=at)
        self.precedent = self.bank_case.conditions_precedent.create(
            text="GR-1", state="BROUGHT", evidence=stored, brought_by=world.applicant.user, brought_at=at
        )

    def _people(self) -> Iterator[tuple[str, Membership]]:
        world = self.world
        for role in ("applicant", "signatory", "reviewer", "clerk", "maker", "checker"):
            yield role, getattr(world, role)
        yield "administrator", member(world.platform, Role.ADMINISTRATOR)
        for role in set(Role) - {Role.SIGNER}:  # nobody signs for a supplier
            yield f"rival {role.value.lower()}", member(world.rival, role)
        lender = organisation(Organisation.Kind.BANK)
        yield "bank administrator", member(world.bank, Role.ADMINISTRATOR)
        for role in (Role.MAKER, Role.CHECKER, Role.CLERK, Role.ADMINISTRATOR):
            yield f"foreign {role.value.lower()}", member(lender, role)
        yield "buyer signer", self.signer
        yield "keeper signer", member(world.keeper, Role.SIGNER)
        for kind in ("BUYER", "WAREHOUSE"):
            who = "foreign buyer signer" if kind == "BUYER" else "foreign keeper signer"
            yield who, member(organisation(kind), Role.SIGNER)

    def url(self, name: str) -> str:
        """The address about the case's own rows."""
        address = reverse(name, kwargs=self.arguments.get(name))
        return f"{address}?month={clock.today():%Y-%m}" if name.endswith("statement") else address

    @cached_property
    def arguments(self) -> dict[str, dict[str, Any]]:  # budget: one table
        """What the addresses about one row need."""
        of_case, of_signer = {"number": self.case.number}, {"pk": self.registration.pk}
        of_pledge = {"reference": self.case.number}
        link = asking.link_for(request=self.asked, signer=self.signer, until=clock.now() + asking.LINK_LIFE)
        return {
            "parties:password-reset-confirm": {"uidb64": "MQ", "token": "no-such-token"},
            "notifications:open": {"pk": self.notice.pk},
            "parties:payee-decide": {"pk": PayeeChange.objects.latest("pk").pk},
            "orders:document-detail": {"pk": self.document.pk}, "orders:document-file": {"pk": self.document.pk},
            "orders:document-speak": {"pk": self.document.pk}, "orders:document-link": {"pk": self.document.pk},
            "orders:document-ask": {"pk": self.document.pk},
            "orders:confirmation-link": {"token": link.rstrip("/").rpartition("/")[2]},
            "orders:signer-decide": of_signer, "orders:signer-evidence": of_signer,
            "orders:batch-detail": {"pk": ImportBatch.objects.filter(owner=self.world.supplier).latest("pk").pk},
            "orders:template": {"kind": "order", "language": "en", "form": "csv"},
            "orders:document-new": {"kind": "order"}, "orders:mapping-delete": {"pk": self.mapping.pk},
            **{f"financing:apply-{page}": {"number": self.draft.number}
               for page in ("need", "cost", "goods", "review")},
            "financing:rule-decide": {"pk": self.rule.pk},
            "financing:case": of_case, "financing:withdraw": of_case, "financing:case-goods": of_case,
            "financing:go-on": of_case, "financing:liquidate": of_case, "financing:sign-ahead": of_case,
            "financing:attachment": {**of_case, "pk": self.attachment.pk},
            "financing:case-document": {**of_case, "pk": self.document.pk},
            "financing:case-document-file": {**of_case, "pk": self.document.pk},
            "financing:contract": {"pk": self.bank_case.pk},
            "financing:info-file": {**of_case, "pk": self.info.pk},
            **{f"financing:{page}": {"pk": self.bank_case.decisions.exclude(seen=None).latest("pk").pk}
               for page in ("decision", "decision-seen")},
            **{f"financing:{page}": {"pk": self.precedent.pk} for page in ("precedent", "precedent-file")},
            "financing:assign": {"task_pk": BankProcess.objects.get(bank_case=self.bank_case).task_set.filter(
                flow_task_type="HUMAN").latest("pk").pk},
            "banks:authority-version": {"pk": self.matrix.pk}, "banks:absence-end": {"pk": self.absence.pk},
            **{f"financing:{verb}": {"task_pk": step(self.waiting, "review").pk}
               for verb in ("work", "claim", "release")},
            **{f"servicing:{page}": {"number": self.loan.number} for page in (
                "loan", "loan-statement", "refund", "change-new", "repayment-notice", "overdue-notice",
                "settlement-certificate")},
            "servicing:supplier-statement": {"code": self.world.supplier.code},
            "servicing:interest-certificate": {"code": self.world.supplier.code},
            "servicing:portfolio-report": {"code": self.world.bank.code},
            "servicing:day-end-file": {"number": self.day_end.number},
            "servicing:incoming": {"pk": self.incoming.pk}, "servicing:change": {"pk": self.change.pk},
            "collateral:match": {"pk": self.pair.pk},
            "collateral:goods-life": {"pk": self.document.pk},
            "collateral:pledge-waive": of_case, "collateral:pledge-take-back": of_case,
            "collateral:pledge-endorse": of_case,
            "collateral:pledge-evidence": {**of_case, "pk": self.evidence.pk},
            "collateral:goods-name": {"pk": self.document.pk}, "collateral:cap": {"pk": self.cap.pk},
            **{f"collateral:margin-{act}": {"pk": self.call.pk} for act in ("extend", "sell", "sold", "call-off")},
            **{f"collateral:{page}": {"pk": self.stock.pk} for page in ("stock", "stock-count", "stock-capacity")},
            "collateral:stock-lock": of_pledge, "collateral:stock-release": {"pk": 1},
            "banks:appetite": {"pk": self.world.bank.appetites.latest("pk").pk},
            "banks:licence-decide": {"pk": self.licence.pk}, "banks:programme": {"pk": self.programme.pk},
            "banks:file-take": {"pk": self.file_out.pk}, "banks:push": {"code": self.world.bank.code},
            "banks:investigation-close": {"pk": self.investigation.pk},
            "banks:payment": {"name": self.investigation.payment.end_to_end_id},
            "servicing:export-row": {"pk": self.job.pk}, "servicing:export-file": {"pk": self.job.pk},
        }  # fmt: skip


@pytest.fixture
def scene(world) -> Scene:
    return Scene(world)


@pytest.fixture
def nobody(db) -> Client:
    """Signed in, but a member of nothing."""
    user = User.objects.create_user("nobody@example.org", PASSWORD, name="Nobody")
    client = Client()
    client.force_login(user, backend="scf.parties.backends.ActingBackend")
    return client


def content_of(response: Any) -> str:
    return (
        b"".join(response).decode(errors="replace") if response.streaming else response.content.decode(errors="replace")
    )


def test_every_address_is_in_the_matrix():
    assert set(names_of(get_resolver().url_patterns)) == set(ADDRESSES)


def test_get_as_everybody(scene):
    wrong, found = [], []
    for who, membership in scene.people.items():
        client = client_of(membership)
        for name, address in ADDRESSES.items():
            answer = client.get(scene.url(name))
            if answer.status_code not in address.on_get(who):
                wrong.append((who, name, answer.status_code, address.on_get(who)))
            if who in FOREIGN:
                found += secrets_in(scene, answer, who, name)

    assert not wrong, "\n".join(map(str, wrong))
    assert not found, "\n".join(map(str, found))


def secrets_in(scene: Scene, answer: Any, who: str, name: str) -> list[tuple[str, str, str]]:
    """What of the case's own rows stands on a page of a person who has nothing to do with it."""
    body = content_of(answer)
    return [(who, name, secret) for secret in scene.secrets if secret in body]


ACT_WITHOUT_A_FIELD = {
    "parties:logout", "financing:claim", "financing:withdraw", "orders:mapping-delete", "orders:document-ask",
}  # fmt: skip


def test_post_with_nothing_in_it_as_everybody(scene):
    wrong = []
    for who, membership in scene.people.items():
        client = client_of(membership)
        for name, address in ADDRESSES.items():
            if name in ACT_WITHOUT_A_FIELD:
                continue  # tested below
            status = client.post(scene.url(name)).status_code
            if status not in address.on_post(who):
                wrong.append((who, name, status, address.on_post(who)))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("name", sorted(ACT_WITHOUT_A_FIELD - {"parties:logout"}))
def test_acts_without_a_field_are_refused_to_all_others(scene, name):
    address = ADDRESSES[name]
    others = {who: m for who, m in scene.people.items() if who not in address.posted}

    answers = {who: client_of(membership).post(scene.url(name)).status_code for who, membership in others.items()}

    assert {who: status for who, status in answers.items() if status not in (DENIED, GONE)} == {}
    assert Application.objects.get(pk=scene.waiting.pk).state == "SUBMITTED"
    assert ColumnMapping.objects.filter(pk=scene.mapping.pk).exists()
    assert TradeDocument.objects.get(pk=scene.document.pk).state == scene.document.state


def test_strangers_never_read_what_is_anothers(scene, nobody):
    found = []
    for who, client in {"nobody": nobody, "anonymous": Client()}.items():
        for name, address in ADDRESSES.items():
            if address.gets:
                found += secrets_in(scene, client.get(scene.url(name)), who, name)

    assert not found, "\n".join(map(str, found))


def test_nobody_finds_what_is_anothers_by_its_name(scene, nobody):
    sought = scene.world.supplier.name
    clients = {who: client_of(scene.people[who]) for who in FOREIGN} | {"nobody": nobody, "anonymous": Client()}
    for who, client in clients.items():
        found = secrets_in(scene, client.get(scene.url("desks:search"), {"q": sought}), who, "desks:search")
        assert [secret for *_, secret in found if secret != sought] == [], who  # the question itself is shown again


def test_a_lender_that_was_asked_reads_only_its_own_side(scene):
    world = scene.world
    client = client_of(world.other_maker)

    for name in ("financing:contract", "servicing:loan", "servicing:loan-statement", "servicing:supplier-statement"):
        assert client.get(scene.url(name)).status_code == GONE, name
    page = content_of(client.get(scene.url("financing:case")))
    for secret in (scene.loan.number, world.bank.name, Payment.objects.get().end_to_end_id, world.payee.number):
        assert secret not in page, secret


def test_home_pages_of_others_show_no_failed_payment(world):
    world.payee.__class__.objects.filter(pk=world.payee.pk).update(verified_at=None)
    account(world.supplier, "PAYEE", number="62000000000000000000")
    application = Person(world, world.applicant).apply("PO-1", product="ORDER", amount="1777")
    bank_case = application.bank_cases.get(bank=world.bank)
    Person(world, world.maker).offer(bank_case, amount="1777")
    Person(world, world.checker).take(bank_case, "check", action="CONFIRM")
    Person(world, world.signatory).sign(application, bank_case)
    payment = Payment.objects.get(state="FAILED")

    insiders = [world.clerk, member(world.bank, Role.CLERK), member(world.supplier, Role.CLERK)]
    outsiders = [member(world.other_bank, Role.CLERK), member(world.rival, Role.CLERK)]
    outsiders.append(member(world.rival, Role.REVIEWER))

    for insider in insiders:
        assert application.number in content_of(client_of(insider).get("/")), insider
    for outsider in outsiders:
        page = content_of(client_of(outsider).get("/"))
        for secret in (application.number, payment.end_to_end_id, "1,777"):
            assert secret not in page, (outsider, secret)


def test_the_anonymous_are_sent_to_the_door(scene):
    client = Client()
    for name, address in ADDRESSES.items():
        if address.is_open:
            continue
        for answer in (client.get(scene.url(name)), client.post(scene.url(name))):
            to_the_door = answer.status_code == MOVED and answer.url.startswith(LOGIN)
            assert to_the_door or answer.status_code == METHOD, (name, answer.status_code)


def test_who_belongs_to_nobody_gets_nothing(scene, nobody):
    harmless = {"desks:home", "desks:search", "desks:unread", "desks:clock", "parties:security", "notifications:inbox"}
    harmless |= {name for name, address in ADDRESSES.items() if address.is_open and address.gets}
    for name, address in ADDRESSES.items():
        status = nobody.get(scene.url(name)).status_code
        expected = {OK, MOVED} if name in harmless else {DENIED, GONE, METHOD}
        assert status in expected, (name, status)


def test_rows_that_do_not_exist_are_not_found(scene):
    clients = [client_of(scene.people[who]) for who in ("signatory", "reviewer", "maker", "clerk")]
    for client in clients:
        for address in (
            "/financing/cases/FA-19990101-0001/", "/financing/work/999999/", "/financing/contracts/999999/",
            "/documents/999999/", "/servicing/loans/LN-19990101-0001/", "/servicing/exports/999999/",
            "/servicing/reconciliation/payments/999999/", "/messages/999999/", "/financing/apply/FA-1/need/",
            f"/financing/cases/{scene.case.number}/attachments/999999/",
            f"/financing/cases/{scene.case.number}/documents/999999/file/",
        ):  # fmt: skip
            assert client.get(address).status_code in (DENIED, GONE), address


def test_another_cases_file_is_not_reached_through_ones_own(scene):
    client = client_of(scene.people["applicant"])
    address = partial(reverse, kwargs={"number": scene.waiting.number, "pk": scene.attachment.pk})
    document = {"number": scene.waiting.number, "pk": scene.document.pk}

    assert client.get(address("financing:attachment")).status_code == GONE
    assert client.get(reverse("financing:case-document", kwargs=document)).status_code == GONE
    assert client.get(reverse("financing:case-document-file", kwargs=document)).status_code == GONE


def test_files_come_as_they_are_to_those_who_may(scene):
    for who in ("applicant", "reviewer", "maker"):
        client = client_of(scene.people[who])
        assert content_of(client.get(scene.url("financing:attachment"))) == "%PDF-1.4 of the supplier"
        assert client.get(scene.url("financing:contract")).content.startswith(b"%PDF")
        assert "GR-1" in content_of(client.get(scene.url("financing:case-document-file")))
    assert client_of(scene.people["clerk"]).get(scene.url("servicing:export-file")).content.startswith(b"PK")


def test_switching_to_a_membership_of_somebody_else_is_not_found(scene):
    client = client_of(scene.people["rival applicant"])

    assert client.post("/switch/", {"membership": scene.world.applicant.pk}).status_code == GONE
    assert client.get(scene.url("financing:case")).status_code == GONE


def test_a_membership_that_was_ended_opens_nothing(scene):
    client = client_of(scene.world.applicant)
    Membership.objects.filter(pk=scene.world.applicant.pk).update(is_active=False)

    assert client.get(scene.url("financing:case")).status_code == DENIED


def test_a_withdrawn_draft_is_nobody_elses(scene):
    applying.withdraw(application_id=scene.draft.pk, by=scene.world.applicant, at=clock.now())

    for who in ("rival applicant", "maker", "foreign maker"):
        address = reverse("financing:case", kwargs={"number": scene.draft.number})
        assert client_of(scene.people[who]).get(address).status_code == GONE


class TestAdmin:
    READ_ONLY = {"kernel", "ledger", "documents", "orders", "collateral", "banks", "servicing", "financing"}

    @pytest.fixture
    def operator(self, scene) -> Client:
        User.objects.create_superuser("root@example.org", PASSWORD, name="Root")
        client = Client()
        client.force_login(User.objects.get(email="root@example.org"), backend="scf.parties.backends.ActingBackend")
        return client

    def test_only_staff_come_in(self, scene):
        for who, membership in scene.people.items():
            for model in admin.site._registry:
                answer = client_of(membership).get(
                    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                )
                assert answer.status_code == MOVED and answer.url.startswith("/admin/login/"), (who, model)
                break

    def test_every_list_and_row_opens(self, operator):
        for model in admin.site._registry:
            base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            assert operator.get(reverse(f"{base}_changelist")).status_code == OK, model
            row = model._default_manager.first()
            if row is not None:
                assert operator.get(reverse(f"{base}_change", args=[row.pk])).status_code == OK, model

    def test_states_and_money_are_read_only(self, operator):
        for model in admin.site._registry:
            fields = {f.name for f in model._meta.fields}
            is_guarded = "state" in fields or any(name.endswith("_minor") for name in fields)
            if not is_guarded or model._meta.label == "financing.Product":
                continue
            base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            assert operator.get(reverse(f"{base}_add")).status_code == DENIED, model
            row = model._default_manager.first()
            if row is None:
                continue
            before = model._default_manager.filter(pk=row.pk).values().get()
            assert (
                operator.post(reverse(f"{base}_change", args=[row.pk]), {"state": "SETTLED"}).status_code == DENIED
            ), model
            assert operator.post(reverse(f"{base}_delete", args=[row.pk]), {"post": "yes"}).status_code == DENIED, model
            assert model._default_manager.filter(pk=row.pk).values().get() == before

    def test_a_verified_account_stays_as_two_have_verified_it(self, operator, scene):
        payee = scene.world.payee
        before = BankAccount.objects.filter(pk=payee.pk).values().get()

        operator.post(
            reverse("admin:parties_bankaccount_change", args=[payee.pk]),
            {"number": "999", "bank_name": "Mine", "bic": "MINE", "verified_at_0": "", "verified_at_1": ""},
        )

        assert BankAccount.objects.filter(pk=payee.pk).values().get() == before

    def test_one_administrator_verifies_no_account(self, operator, scene):
        given = {"organisation": scene.world.supplier.pk, "purpose": "PAYEE", "number": "999", "currency": "CNY",
                 "bank_name": "Mine", "verified_at_0": "2031-03-03", "verified_at_1": "04:00",
                 "usable_from_0": "", "usable_from_1": ""}  # fmt: skip
        assert operator.post(reverse("admin:parties_bankaccount_add"), given).status_code == MOVED
        made = BankAccount.objects.get(number="999")
        operator.post(reverse("admin:parties_bankaccount_change", args=[made.pk]), given)

        made.refresh_from_db()
        assert made.verified_at is None and made.usable_from is None
