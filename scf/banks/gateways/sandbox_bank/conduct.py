"""How the sandbox bank misbehaves on demand, so that people can learn and tests can prove that nothing is paid twice.

What it does with a payment is decided when it is instructed and written down with the fact: a restart changes nothing.
"""

import dataclasses
from collections.abc import Callable
from datetime import date

from scf.kernel.sandbox.faults import Faults

from ..base import Party, PaymentInstruction, Statement, StatementEntry

# towards instructions
PAYMENTS = {
    "refuse": "refuses: RJCT",
    "delay": "says PDNG, and pays some seconds later",
    "twice": "pays once and tells everything twice",
    "disorder": "tells of the debit first, then that it is paid, then that it is pending",
    "forget": "pays and never tells; who asks, or reads the statement, learns it",
    "wrong_amount": "pays one unit too little, and says that it has paid",
    "bounce": "pays, and the payee's bank sends the money back",
    "change_of_mind": "refuses, and pays all the same",
}
# towards whoever fetches a statement
STATEMENTS = {
    "late": "the last movements are not in it yet",
    "split": "only the first half of the movements, the rest with the next one",
    "duplicated": "the same movements again under another number",
    "corrected": "without the last movement, and the next time with it, under the same number",
}
# towards whoever asks back a payment
RECALLS = {"refuse_recall": "the payee does not agree"}
LINE = ("outage", "slow", "lost_answer", "old_key", "wrong_clock")
DELAY_SECONDS = 3


Note = Callable[[str, str], None]


class NotedFaults(Faults):
    """Faults that are noted when they strike: `note(whom, mode)`."""

    def __init__(self, modes: tuple[str, ...], note: Note) -> None:
        super().__init__(modes)
        self._note = note

    def strike(self, whom: str) -> str:
        """The mode that spoils this request, noted where it is one."""
        mode = super().strike(whom)
        if mode != "off":
            self._note(whom, mode)
        return mode


class Conduct:
    """The misbehaviour that is switched on, by lender; kept in memory: a restarted bank behaves.

    note   is told of each time that one strikes
    """

    def __init__(self, note: Note = lambda whom, mode: None) -> None:
        self.line = NotedFaults(("off", *LINE), note)
        self.payments = NotedFaults(("off", *PAYMENTS), note)
        self.statements = NotedFaults(("off", *STATEMENTS), note)
        self.recalls = NotedFaults(("off", *RECALLS), note)

    def switch(self, *, whom: str, mode: str, seconds: float = 5, times: int | None = None) -> None:
        """Set one misbehaviour towards one lender's callers; "off" ends all of them. Raises ValueError."""
        groups = {**dict.fromkeys(LINE, self.line), **dict.fromkeys(PAYMENTS, self.payments),
                  **dict.fromkeys(STATEMENTS, self.statements), **dict.fromkeys(RECALLS, self.recalls)}  # fmt: skip
        if mode != "off" and mode not in groups:
            raise ValueError(f"mode is one of off, {', '.join(groups)}")
        for group in {groups[mode]} if mode != "off" else set(groups.values()):
            group.switch(whom=whom, mode=mode, seconds=seconds, times=times)


def spoilt(statement: Statement, mode: str) -> Statement:
    """The statement as this misbehaviour gives it; whatever is left out, it adds up."""
    entries = statement.entries
    if mode == "split":
        entries = entries[: len(entries) // 2]
    elif mode in ("late", "corrected"):
        entries = entries[:-1]
    kept = dataclasses.replace(
        statement, entries=entries, entries_count=len(entries),
        closing_minor=(statement.opening_minor or 0) + sum(entry.amount_minor for entry in entries),
    )  # fmt: skip
    suffix = {"split": "-A", "late": "-L", "duplicated": "-D"}.get(mode, "")
    return dataclasses.replace(kept, statement_id=(statement.statement_id + suffix)[-35:])


def paid_amount(instruction: PaymentInstruction, mode: str) -> int:
    """What the bank debits, in minor units."""
    return max(1, instruction.amount_minor - 100) if mode == "wrong_amount" else instruction.amount_minor


def transfer(instruction: PaymentInstruction, amount_minor: int, other: Party) -> StatementEntry:
    """One side of a payment as it is booked."""
    return StatementEntry(
        reference=f"T{instruction.end_to_end_id}"[:35],
        amount_minor=amount_minor,
        currency=instruction.currency,
        booking_date=instruction.execution_date,
        value_date=instruction.execution_date,
        end_to_end_id=instruction.end_to_end_id,
        remittance=instruction.remittance,
        counterparty_name=other.name,
        counterparty_account=other.account,
    )


def sent_back(instruction: PaymentInstruction, amount_minor: int, on: date, why: str) -> StatementEntry:
    """The money of a payment as it comes back to the account that it left (pacs.004 behind it)."""
    entry = transfer(instruction, amount_minor, instruction.creditor)
    return dataclasses.replace(
        entry, reference=f"R{instruction.end_to_end_id}"[:35], booking_date=on, value_date=on, remittance=why
    )
