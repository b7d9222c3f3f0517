"""What must be true after a run: each instruction happened once, both sides' books agree, nobody is stuck unnamed.

Every case is joined with the payment that stays, its loan, and what the bank's own books debited; every repayment with
our receipt and its loan; every refund with the surplus that it returned. Then the sums.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from scf.domain.money import Money
from tests.chaos.records import ENDED, Instruction, Movement, Records

CURRENCY = "CNY"
SHOWN_MAX = 12


@dataclass(slots=True)
class Tally:
    """Figures by name, and what is wrong in words; nothing wrong means that the run has passed."""

    figures: dict[str, object] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, what: str) -> None:
        """Note `what` where it does not hold."""
        if not holds:
            self.wrong.append(what)

    @property
    def complaints(self) -> list[str]:
        """What is wrong, as much of it as a person reads."""
        more = len(self.wrong) - SHOWN_MAX
        return self.wrong[:SHOWN_MAX] + ([f"and {more} more"] if more > 0 else [])


@dataclass(slots=True)
class AtBank:
    """What the bank's books say of one instruction on the account that pays."""

    out: list[Movement] = field(default_factory=list)
    back: list[Movement] = field(default_factory=list)

    @property
    def stays(self) -> bool:
        """Whether its money is gone for good."""
        return len(self.out) > len(self.back)

    @property
    def state(self) -> str:
        """What our row should say."""
        return "FAILED" if not self.out else "PAID" if self.stays else "RETURNED"


def compare(records: Records) -> Tally:
    """Everything that must hold, checked one by one and in sum."""
    tally = Tally()
    books: dict[str, AtBank] = defaultdict(AtBank)
    for movement in records.movements:
        if movement.end_to_end_id:
            of = books[movement.end_to_end_id]
            (of.out if movement.minor < 0 else of.back).append(movement)
    _instructions(records, books, tally)
    _cases(records, books, tally)
    _receipts(records, books, tally)
    _refunds(records, books, tally)
    _sums(records, books, tally)
    _stuck(records, tally)
    return tally


def _instructions(records: Records, books: dict[str, AtBank], tally: Tally) -> None:
    """Each instruction moved money at most once, in the amount that we told, or a person's task says otherwise."""
    ours = {row.end_to_end_id: row for row in records.instructions}
    twice, twice_ended = records.tasks("PAID_TWICE", "OPEN"), records.tasks("PAID_TWICE", "CLOSED")
    for name in books.keys() - ours.keys():
        tally.check(False, f"the bank moved money for {name}, which we never told it")
    for name, row in ours.items():
        at_bank = books[name]
        tally.check(len(at_bank.out) <= 1, f"{name} was carried out {len(at_bank.out)} times at the bank")
        tally.check(len(at_bank.back) <= len(at_bank.out), f"{name} came back more often than it left")
        # refused, then paid beside the instruction in its place: a person asks the money back
        known = {"PAID": twice, "RETURNED": twice_ended}.get(at_bank.state, ())
        is_named = row.state == "FAILED" and name in known
        is_same = row.state == at_bank.state or is_named
        tally.check(is_same, f"{name} is {row.state} here and {at_bank.state} at the bank")
        _amounts(row, at_bank, records, tally)
    repeated = Counter(fact["end_to_end_id"] for fact in records.facts if fact["fact"] == "repeated")
    tally.figures |= {
        "cases": len(records.cases), "instructions": len(ours),
        "carried out at the bank": sum(len(at.out) for at in books.values()),
        "sent back": sum(len(at.back) for at in books.values()),
        "told again though the bank had it": sum(repeated.values()),
    }  # fmt: skip


def _amounts(row: Instruction, at_bank: AtBank, records: Records, tally: Tally) -> None:
    """What was debited is what was told; where it is not, a task names the payment and the amount."""
    for movement in at_bank.out:
        debited = -movement.minor
        tally.check(row.paid_minor in (None, debited), f"{row.end_to_end_id}: the bank debited {debited} minor units, "
                    f"we have {row.paid_minor}")  # fmt: skip
        if debited != row.minor:
            named = [task.paid for task in records.tasks("WRONG_AMOUNT").get(row.end_to_end_id, [])]
            tally.check(
                str(Money(debited, CURRENCY)) in named,
                f"{row.end_to_end_id} was paid with {debited} instead of {row.minor}, and nobody is told",
            )
    if at_bank.out and at_bank.back:
        tally.check(at_bank.out[0].minor + at_bank.back[0].minor == 0, f"{row.end_to_end_id} came back in part")


def _cases(records: Records, books: dict[str, AtBank], tally: Tally) -> None:
    """Case -> the payment that stays -> the loan that it paid out -> the same amount everywhere."""
    stays: dict[str, list[Instruction]] = defaultdict(list)
    excused = {
        name for name in records.tasks("PAID_TWICE", "OPEN") if name is not None
    }  # the bank's own doing, and a person knows
    for row in records.instructions:
        if row.kind == "DISBURSEMENT" and books[row.end_to_end_id].stays and row.end_to_end_id not in excused:
            stays[row.reference].append(row)
    running = defaultdict(list)
    too_late = set()  # the payee's bank sent the money back after the buyer had repaid it: paid anew, or ended without
    repaid = {_loan_meant(fact) for fact in records.paid_in.values()}
    for loan in records.loans:
        if loan.is_returned:
            came_back = loan.payment is not None and not books[loan.payment].stays
            tally.check(came_back, f"loan {loan.number} is marked as returned, but {loan.payment} is not back")
            too_late |= {loan.reference} if loan.number in repaid else set()
        else:
            running[loan.reference].append(loan)
    for case in records.cases:
        paid, lent = stays[case.number], running[case.number]
        expected = 0 if case.state == "UNWOUND" else 1
        if case.number in too_late:
            expected = min(len(paid), 1)
        tally.check(len(paid) == expected, f"case {case.number} ({case.state}) was paid out {len(paid)} times")
        tally.check(len(lent) == expected, f"case {case.number} ({case.state}) has {len(lent)} loans that count")
        if len(paid) == len(lent) == 1:
            told, loan = paid[0], lent[0]
            tally.check(loan.payment == told.end_to_end_id, f"loan {loan.number} was opened by {loan.payment}, but "
                        f"{told.end_to_end_id} is what was paid")  # fmt: skip
            tally.check(case.minor == told.minor == loan.minor, f"case {case.number}: agreed {case.minor}, told "
                        f"{told.minor}, lent {loan.minor}")  # fmt: skip
    tally.figures["paid out once"] = sum(1 for case in records.cases if len(stays[case.number]) == 1)
    tally.figures["paid beside another, named"] = len(excused)
    tally.figures["sent back after it was repaid"] = len(too_late)


def _receipts(records: Records, books: dict[str, AtBank], tally: Tally) -> None:
    """Money in at the bank -> one entry of a statement -> one payment of ours -> the loan that it names."""
    paid_in = records.paid_in
    seen: dict[str, set[str]] = defaultdict(set)
    on_loan: Counter[str] = Counter()
    for row in records.receipts:
        fact = paid_in.get(row.reference)
        if fact is None:
            is_return = row.incoming_minor is None and bool(books[row.end_to_end_id].back)
            tally.check(is_return, f"credit {row.reference} of {row.minor} is nobody's payment")
            continue
        tally.check(row.minor == fact["amount_minor"], f"{row.reference}: the bank has {fact['amount_minor']}, our "
                    f"statement {row.minor}")  # fmt: skip
        tally.check(row.incoming_minor == row.minor, f"{row.reference}: {row.minor} came in, {row.incoming_minor} was "
                    "received")  # fmt: skip
        tally.check(row.state == "ALLOCATED", f"{row.reference} is {row.state}, not on a loan")
        meant = _loan_meant(fact)
        tally.check(row.loan == meant, f"{row.reference} is meant for {meant} and stands on {row.loan}")
        seen[row.reference].add(row.loan or "")
        on_loan[row.reference] += row.on_loan_minor or 0
    for reference, fact in paid_in.items():
        tally.check(reference in seen, f"{reference} was paid in at the bank and never came to us")
        is_whole = reference not in seen or on_loan[reference] == fact["amount_minor"]
        tally.check(is_whole, f"{reference}: {fact['amount_minor']} came in, {on_loan[reference]} is on loans")
    tally.figures["repayments"] = len(paid_in)


def _loan_meant(fact: dict) -> str:
    return str(fact["reference"]).removeprefix("还款")


def _refunds(records: Records, books: dict[str, AtBank], tally: Tally) -> None:
    """What a loan was paid too much went back once; what came back from that was returned anew."""
    events = {row.payment: row for row in records.refunds}
    tally.check(len(events) == len(records.refunds), "a refund has two events")
    back: Counter[str] = Counter()
    for row in records.instructions:
        event = events.pop(row.end_to_end_id, None)
        if row.kind != "REFUND":
            tally.check(event is None, f"{row.end_to_end_id} is no refund, but a loan says so")
            continue
        is_out = event is not None and not event.is_taken_back
        tally.check(is_out == books[row.end_to_end_id].stays, f"refund {row.end_to_end_id}: the loan says "
                    f"{'out' if is_out else 'not out'}, the bank says otherwise")  # fmt: skip
        if event is not None:
            tally.check(event.minor == row.minor, f"refund {row.end_to_end_id}: told {row.minor}, the loan has "
                        f"{event.minor}")  # fmt: skip
            back[event.loan] += event.minor if is_out else 0
    for name in events:
        tally.check(False, f"a loan has a refund without an instruction: {name}")
    received: Counter[str] = Counter()
    for fact in records.paid_in.values():
        received[_loan_meant(fact)] += fact["amount_minor"]
    for loan in records.loans:
        kept = received[loan.number] - back[loan.number]
        lent, fee = (0, 0) if loan.is_returned else (loan.minor, loan.fee_minor)
        tally.check(kept == lent + fee, f"loan {loan.number}: {lent} lent and {fee} of fees, {kept} kept of what was "
                    "repaid")  # fmt: skip
    tally.figures["refunds that stay"] = sum(1 for row in records.refunds if not row.is_taken_back)
    tally.figures["refunds that came back"] = sum(1 for row in records.refunds if row.is_taken_back)


def _sums(records: Records, books: dict[str, AtBank], tally: Tally) -> None:
    """The same in sum, against the ledger; where the bank itself paid otherwise, the difference has been named."""
    told = {row.end_to_end_id: row for row in records.instructions}
    left: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for name, at_bank in books.items():
        row = told.get(name)
        if row is None or not at_bank.stays:
            continue
        debited = -at_bank.out[0].minor
        left[row.kind] += debited
        apart[row.kind] += debited if row.state == "FAILED" else debited - row.minor
    came = sum(fact["amount_minor"] for fact in records.paid_in.values())
    lent, collected = -records.balances.get("FUNDING", 0), records.balances.get("COLLECTION", 0)
    tally.check(lent == sum(loan.minor for loan in records.loans if not loan.is_returned), "the books lent another "
                "sum than the loans")  # fmt: skip
    tally.check(left["DISBURSEMENT"] - apart["DISBURSEMENT"] == lent, "what left the bank is not what the books lent")
    tally.check(
        came - left["REFUND"] + apart["REFUND"] == collected, "what came into the bank is not what the books collected"
    )
    for kind in ("SUSPENSE", "SURPLUS", "CLEARING"):
        tally.check(not records.balances.get(kind), f"{records.balances.get(kind)} minor units are left in {kind}")
    tally.figures |= {
        "lent, bank": left["DISBURSEMENT"], "lent, books": lent, "came in, bank": came,
        "refunded, bank": left["REFUND"], "collected, books": collected,
        "paid otherwise than told, named": dict(apart),
    }  # fmt: skip


def _stuck(records: Records, tally: Tally) -> None:
    """Nobody waits for nothing, and no promise was given up."""
    states = Counter(case.state for case in records.cases)
    tally.check(not records.unnamed, f"cases that wait for nobody: {records.unnamed[:5]}")
    tally.check(not records.given_up, f"{len(records.given_up)} promises were given up: {records.given_up[:3]}")
    tally.check(not records.proof.startswith("WRONG"), f"verify_books: {records.proof}")
    tally.figures |= {
        "cases by state": dict(states),
        "not ended": sum(count for state, count in states.items() if state not in ENDED),
        "investigations": dict(Counter(f"{row.kind} {row.state}" for row in records.named)),
        "misbehaviour that struck": dict(sorted(records.struck.items())), "verify_books": records.proof,
    }  # fmt: skip
