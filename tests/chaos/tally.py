"""What must be true after a run: each instruction happened once, both sides' books agree, nobody is stuck unnamed."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.chaos.stage import Stage

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


@dataclass(slots=True)
class Tally:
    """Figures by name, and what is wrong in words; nothing wrong means that the run has passed."""

    figures: dict[str, object] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, what: str) -> None:
        """Note `what` where it does not hold."""
        if not holds:
            self.wrong.append(what)


def take(stage: Stage) -> Tally:
    """Compare the bank's journal with our database."""
    tally = Tally()
    facts = _facts(stage)
    _instructions(stage, facts, tally)
    _books(stage, facts, tally)
    _stuck(stage, tally)
    said = stage.manage("verify_books")
    tally.figures["verify_books"] = said.strip().splitlines()[-1]
    return tally


def _facts(stage: Stage) -> list[dict]:
    journal = stage.run_dir / "sandbox-bank" / "journal.jsonl"
    return [json.loads(line) for line in journal.read_text().splitlines()]


def _paid_facts(facts: list[dict]) -> dict[str, dict]:
    """By end-to-end id, the instructions that the bank has carried out."""
    told = {fact["instruction"]["end_to_end_id"]: fact for fact in facts if fact["fact"] == "instructed"}
    settled = {fact["end_to_end_id"] for fact in facts if fact["fact"] == "settled"}
    return {name: fact for name, fact in told.items() if fact["code"] == "ACSC" or name in settled}


def _instructions(stage: Stage, facts: list[dict], tally: Tally) -> None:
    told = Counter(fact["instruction"]["end_to_end_id"] for fact in facts if fact["fact"] == "instructed")
    back = {fact["end_to_end_id"] for fact in facts if fact["fact"] == "sent_back"}
    paid = _paid_facts(facts)
    ours = {
        name: (state, of) for name, state, of in stage.rows("SELECT end_to_end_id, state, reference FROM banks_payment")
    }
    tally.figures |= {"cases": stage.rows("SELECT count(*) FROM financing_application")[0][0],
                      "instructions": len(ours), "carried out": len(paid), "sent back": len(back)}  # fmt: skip
    tally.check(max(told.values(), default=0) <= 1, "an instruction was taken twice by the bank")
    tally.check(set(told) <= set(ours), "the bank has an instruction that we do not know")
    for name, (state, _of) in ours.items():
        at_bank = "RETURNED" if name in back else "PAID" if name in paid else "FAILED"
        tally.check(state == at_bank, f"{name} is {state} here and {at_bank} at the bank")
    stays: dict[str, int] = defaultdict(int)
    for name in set(paid) - back:
        stays[ours[name][1]] += 1
    tally.check(all(count == 1 for count in stays.values()), "a case was paid out twice")
    tally.figures["paid out once"] = len(stays)


def _books(stage: Stage, facts: list[dict], tally: Tally) -> None:
    short = sum(100 for fact in _paid_facts(facts).values() if fact.get("mode") == "wrong_amount")
    back = {fact["end_to_end_id"]: fact for fact in facts if fact["fact"] == "sent_back"}
    out = sum(
        fact["instruction"]["amount_minor"] for name, fact in _paid_facts(facts).items() if name not in back
    )  # fmt: skip
    came = sum(fact["amount_minor"] for fact in facts if fact["fact"] == "paid_in")
    legs = "SELECT a.kind, sum(l.minor) FROM ledger_leg l JOIN ledger_account a ON a.id = l.account_id GROUP BY a.kind"
    ours = dict(stage.rows(legs))
    tally.figures |= {"lent, bank": out, "lent, books": -ours.get("FUNDING", 0), "repaid, bank": came,
                      "repaid, books": ours.get("COLLECTION", 0), "paid short, named": short}  # fmt: skip
    tally.check(out == -ours.get("FUNDING", 0), "what left the bank is not what the books say was lent")
    tally.check(came == ours.get("COLLECTION", 0), "what came into the bank is not what the books say was collected")
    ((named,),) = stage.rows("SELECT count(*) FROM banks_investigation WHERE kind = 'WRONG_AMOUNT'")
    tally.check(named * 100 == short, "a wrong amount is not named to a person")


def _stuck(stage: Stage, tally: Tally) -> None:
    states = dict(stage.rows("SELECT state, count(*) FROM financing_application GROUP BY state"))
    tally.figures["cases by state"] = states
    unnamed = stage.rows(UNNAMED)
    tally.check(not unnamed, f"cases that wait for nobody: {unnamed[:5]}")
    ((given_up,),) = stage.rows(
        "SELECT count(*) FROM kernel_outboxmessage WHERE delivered_at IS NULL AND attempts >= 12"
    )
    tally.check(not given_up, f"{given_up} promises were given up")
    tally.figures["investigations"] = dict(
        stage.rows("SELECT kind || ' ' || state, count(*) FROM banks_investigation GROUP BY 1")
    )
