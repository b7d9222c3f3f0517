"""What a run has left behind: the bank's books and journal, and our rows, as plain values that can be compared."""

import json
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from scf.banks.gateways.sandbox_bank.bank import SandboxBanks
from tests.chaos.stage import Stage

JOURNAL = "journal.jsonl"
ENDED = ("SETTLED", "UNWOUND")
CASES = """
    SELECT a.number, a.state, c.amount_minor FROM financing_application a
    JOIN financing_bankcase c ON c.id = a.accepted_case_id
"""
INSTRUCTIONS = "SELECT end_to_end_id, kind, state, reference, amount_minor, paid_minor FROM banks_payment"
LOANS = """
    SELECT l.number, l.reference, l.state, l.principal_minor, l.returned_on IS NOT NULL, p.end_to_end_id,
        coalesce((
            SELECT sum(f.amount_minor) FROM servicing_loanevent f WHERE f.loan_id = l.id AND f.kind = 'FEE'
        ), 0)::bigint
    FROM servicing_loan l JOIN servicing_loanevent e ON e.loan_id = l.id AND e.kind = 'DRAWDOWN'
    LEFT JOIN banks_payment p ON e.source = 'banks.payment:' || p.id
"""
RECEIPTS = """
    SELECT s.bank_reference, s.end_to_end_id, s.amount_minor, i.amount_minor, i.state, l.number, v.amount_minor
    FROM banks_statemententry s JOIN parties_bankaccount b ON b.id = s.account_id AND b.purpose = 'COLLECTION'
    LEFT JOIN servicing_incomingpayment i ON i.entry_id = s.id
    LEFT JOIN servicing_loanevent v ON v.incoming_id = i.id
        AND NOT EXISTS (SELECT 1 FROM servicing_loanevent r WHERE r.reverses_id = v.id)
    LEFT JOIN servicing_loan l ON l.id = v.loan_id
    WHERE s.amount_minor > 0
"""
REFUNDS = """
    SELECT l.number, p.end_to_end_id, e.amount_minor,
        EXISTS (SELECT 1 FROM servicing_loanevent r WHERE r.reverses_id = e.id)
    FROM servicing_loanevent e JOIN servicing_loan l ON l.id = e.loan_id
    LEFT JOIN banks_payment p ON e.source = 'banks.payment:' || p.id
    WHERE e.kind = 'REFUND'
"""
NAMED = """
    SELECT i.kind, i.state, p.end_to_end_id, coalesce(i.facts->>'paid', '') FROM banks_investigation i
    LEFT JOIN banks_payment p ON p.id = i.payment_id
"""
BALANCES = "SELECT a.kind, sum(l.minor) FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id GROUP BY a.kind"
OWN_ACCOUNTS = "SELECT number FROM parties_bankaccount WHERE purpose IN ('LENDING', 'COLLECTION')"
UNNAMED = """
    SELECT a.number, a.state FROM financing_application a WHERE a.state NOT IN ('SETTLED', 'UNWOUND')
    AND NOT EXISTS (
        SELECT 1 FROM viewflow_task t JOIN financing_financingprocess p ON p.process_ptr_id = t.process_id
        WHERE p.application_id = a.id AND t.finished IS NULL AND t.flow_task_type = 'HUMAN'
    ) AND NOT EXISTS (
        SELECT 1 FROM banks_investigation i JOIN banks_payment b ON b.id = i.payment_id
        WHERE b.reference = a.number AND i.state = 'OPEN'
    )
"""
GIVEN_UP = (
    "SELECT topic, payload::text, last_error FROM kernel_outboxmessage WHERE delivered_at IS NULL AND attempts >= 12"
)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved on a lender's account, by the bank's books; credits are positive."""

    end_to_end_id: str
    reference: str
    minor: int


@dataclass(frozen=True, slots=True)
class Case:
    number: str
    state: str
    minor: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """What we told the bank; `paid_minor` what it says that it debited."""

    end_to_end_id: str
    kind: str
    state: str
    reference: str
    minor: int
    paid_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """`payment`: the end-to-end id of the instruction that paid it out."""

    number: str
    reference: str
    state: str
    minor: int
    is_returned: bool
    payment: str | None
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """A credit on a collection account's statement, the payment that it became, and one loan on which it stands."""

    reference: str
    end_to_end_id: str
    minor: int
    incoming_minor: int | None
    state: str | None
    loan: str | None
    on_loan_minor: int | None


@dataclass(frozen=True, slots=True)
class Refund:
    """Surplus that a loan's events say was returned."""

    loan: str
    payment: str | None
    minor: int
    is_taken_back: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A person's task about a payment; `paid` the amount that it speaks of."""

    kind: str
    state: str
    payment: str | None
    paid: str = ""


@dataclass(slots=True)
class Records:
    """Everything that is compared. facts: the bank's journal."""

    facts: list[dict] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    loans: list[Loan] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    balances: dict[str, int] = field(default_factory=dict)
    unnamed: list[tuple] = field(default_factory=list)
    given_up: list[tuple] = field(default_factory=list)
    proof: str = ""

    @property
    def paid_in(self) -> dict[str, dict]:
        """The bank's facts of money that somebody paid in, by the reference that its statements give."""
        return {f"C{fact['key']}"[:35]: fact for fact in self.facts if fact["fact"] == "paid_in"}

    @property
    def struck(self) -> Counter[str]:
        """How often each kind of misbehaviour has struck."""
        return Counter(fact["mode"] for fact in self.facts if fact["fact"] == "struck")

    def tasks(self, kind: str, state: str = "") -> dict[str | None, list[Named]]:
        """Persons' tasks of a kind by the payment that they name."""
        found: dict[str | None, list[Named]] = {}
        for row in self.named:
            if row.kind == kind and state in ("", row.state):
                found.setdefault(row.payment, []).append(row)
        return found


def read(stage: Stage) -> Records:
    """What this run has left behind."""
    own = {number for (number,) in stage.rows(OWN_ACCOUNTS)}
    facts, movements = of_bank(stage.run_dir / "sandbox-bank" / JOURNAL, own)
    return Records(
        facts=facts, movements=movements,
        cases=[Case(*row) for row in stage.rows(CASES)],
        instructions=[Instruction(*row) for row in stage.rows(INSTRUCTIONS)],
        loans=[Loan(*row) for row in stage.rows(LOANS)],
        receipts=[Receipt(*row) for row in stage.rows(RECEIPTS)],
        refunds=[Refund(*row) for row in stage.rows(REFUNDS)],
        named=[Named(*row) for row in stage.rows(NAMED)],
        balances={kind: int(minor) for kind, minor in stage.rows(BALANCES)},
        unnamed=stage.rows(UNNAMED), given_up=stage.rows(GIVEN_UP), proof=_proof(stage),
    )  # fmt: skip


def of_bank(journal: Path, own: set[str]) -> tuple[list[dict], list[Movement]]:
    """The facts, and what their replay moved on lenders' accounts: a fact that moves money twice, moves it twice."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(journal, Path(folder) / JOURNAL)
        facts = [json.loads(line) for line in (Path(folder) / JOURNAL).read_text().splitlines()]
        accounts = SandboxBanks(Path(folder)).accounts()
    return facts, [
        Movement(entry.end_to_end_id, entry.reference, entry.amount_minor)
        for of_bank in accounts.values() for number, entries in of_bank.items() if number in own for entry in entries
    ]  # fmt: skip


def _proof(stage: Stage) -> str:
    """What verify_books says; its complaint where it finds a difference."""
    try:
        return stage.manage("verify_books").strip().splitlines()[-1]
    except AssertionError as differs:
        return f"WRONG: {str(differs)[:2000]}"
