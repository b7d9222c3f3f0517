"""The sandbox bank's facts as values: what it was told, what it says, what it will still do."""

import dataclasses
from datetime import date, datetime

from scf.kernel.sandbox.journal import Fact

from ..base import Outcome, Party, PaymentInstruction, PaymentStatus, StatementEntry


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What the bank says of an instruction, and how it behaves with it."""

    code: str
    reason_code: str = ""
    reason: str = ""
    mode: str = "off"


@dataclasses.dataclass(frozen=True, slots=True)
class Owed:
    """What the bank will do next with an instruction, once somebody has read its message number `behind`."""

    fact: str
    behind: int
    not_before: datetime
    why: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    """A movement on an account of this bank."""

    account: str
    entry: StatementEntry


def status_of(instruction: PaymentInstruction, said: Said) -> PaymentStatus:
    """What is said of an instruction, as pain.002 carries it."""
    outcome = {"ACSC": Outcome.PAID, "RJCT": Outcome.FAILED}.get(said.code, Outcome.PENDING)
    return PaymentStatus(
        instruction.end_to_end_id, instruction.message_id, outcome, said.code, reason_code=said.reason_code,
        reason=said.reason,
    )  # fmt: skip


def credit_of(fact: Fact) -> StatementEntry:
    """A payment into an account, as it is booked."""
    value_date = date.fromisoformat(str(fact["value_date"]))
    return StatementEntry(
        reference=f"C{fact['key']}"[:35],
        amount_minor=int(str(fact["amount_minor"])),
        currency=str(fact["currency"]),
        booking_date=value_date,
        value_date=value_date,
        remittance=str(fact["reference"]),
        counterparty_name=str(fact["payer_name"]),
        counterparty_account=str(fact["payer_account"]),
    )


def plain(instruction: PaymentInstruction) -> dict[str, object]:
    """An instruction as JSON."""
    return {**dataclasses.asdict(instruction), "execution_date": instruction.execution_date.isoformat()}


def instruction_of(plain: object) -> PaymentInstruction:
    """The instruction that `plain` has written."""
    assert isinstance(plain, dict)
    parties = {role: Party(**plain[role]) for role in ("debtor", "creditor")}
    return PaymentInstruction(**{**plain, **parties, "execution_date": date.fromisoformat(plain["execution_date"])})
