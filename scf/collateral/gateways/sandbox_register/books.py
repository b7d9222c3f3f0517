"""What the sandbox registers know: every answer follows from the facts in their journal.

A member's own entries are no match for it: that it does not lend on goods twice is its own business.
"""

import difflib
import threading
from pathlib import Path
from typing import Any

from scf.domain.errors import DomainError
from scf.kernel.sandbox.journal import Fact, Journal

Content = dict[str, Any]


class KeyReused(DomainError):
    """The key names another act already."""

    code = "REGISTER_KEY_REUSED"


class FilingUnknown(DomainError):
    """No live filing of the member has this number."""

    code = "FILING_UNKNOWN"


class RegisterBooks:
    """Both registers. Safe for threads; rebuilt from the journal at the start.

    claims_match  answer from now on as if another member had been there first
    """

    def __init__(self, folder: Path) -> None:
        self.claims_match = False
        self._lock = threading.RLock()
        self._journal = Journal(folder / "journal.jsonl")
        self._answers: dict[tuple[str, str], tuple[str, Content, Content]] = {}
        self._papers: dict[tuple[str, str], tuple[str, list[Content]]] = {}  # (member, case) -> status, papers
        self._filings: dict[str, tuple[str, Content]] = {}  # number -> member, filing
        for fact in self._journal.facts():
            self._apply(fact)

    def perform(self, member: str, operation: str, key: str, content: Content) -> Content:
        """Do an act once; the same key again gives the same answer. Raises KeyReused, FilingUnknown, KeyError."""
        with self._lock:
            known = self._answers.get((member, key))
            if known is not None:
                if known[:2] != (operation, content):
                    raise KeyReused("this key names another act", key=key)
                return known[2]
            answer = _OPERATIONS[operation](self, member, content)
            fact: Fact = {"member": member, "operation": operation, "key": key, "content": content, "answer": answer}
            self._journal.append(fact)
            self._apply(fact)
            return answer

    def filings(self) -> dict[str, Content]:
        """The live filings by number."""
        with self._lock:
            return {number: {"member": member, **filing} for number, (member, filing) in self._filings.items()}

    def papers(self) -> list[tuple[str, str, str, Content]]:
        """Member, case, status and paper of everything registered."""
        with self._lock:
            return [(*who, status, paper) for who, (status, rows) in self._papers.items() for paper in rows]

    def _register(self, member: str, content: Content) -> Content:
        rows = []
        for paper in content["papers"]:
            others = [(_similarity(paper, row), status) for (of, _case, status, row) in self.papers() if of != member]
            similarity, status = max(others, default=(0, "NEW"))
            if self.claims_match:
                similarity, status = 100, "FINANCED"
            rows.append({"id": paper["id"], "status": status if similarity else "NEW", "similarity": similarity})
        return {"papers": rows}

    def _of_case(self, member: str, content: Content) -> Content:
        return {"is_known": (member, content["case"]) in self._papers}

    def _search(self, member: str, content: Content) -> Content:
        documents = {goods["document"] for goods in content["goods"]}
        found = [
            number
            for number, (of, filing) in self._filings.items()
            if of != member
            and filing["debtor"]["uscc"] == content["debtor"]["uscc"]
            and documents & {goods["document"] for goods in filing["goods"]}
        ]
        return {"number": f"S{len(self._answers) + 1:08d}", "filings": [*found, *(["F-OTHER"] * self.claims_match)]}

    def _file(self, member: str, content: Content) -> Content:
        return {"number": f"F{len(self._answers) + 1:08d}"}

    def _of_filing(self, member: str, content: Content) -> Content:
        if self._filings.get(content["number"], ("", {}))[0] != member:
            raise FilingUnknown("no live filing of yours has this number", number=content["number"])
        return {"number": content["number"]}

    def _apply(self, fact: Fact) -> None:
        member, operation, key = (str(fact[name]) for name in ("member", "operation", "key"))
        content, answer = _dict(fact["content"]), _dict(fact["answer"])
        self._answers[member, key] = (operation, content, answer)
        case = (member, content.get("case", ""))
        if operation == "papers/register":
            self._papers[case] = ("REGISTERED", content["papers"])
        elif operation == "papers/finance" and case in self._papers:
            self._papers[case] = ("FINANCED", self._papers[case][1])
        elif operation == "papers/cancel":
            self._papers.pop(case, None)
        elif operation in ("movables/file", "movables/amend"):
            self._filings[answer["number"]] = (member, content["filing"])
        elif operation == "movables/cancel":
            self._filings.pop(answer["number"], None)


_OPERATIONS = {
    "papers/register": RegisterBooks._register,
    "papers/finance": RegisterBooks._of_case,
    "papers/cancel": RegisterBooks._of_case,
    "movables/search": RegisterBooks._search,
    "movables/file": RegisterBooks._file,
    "movables/amend": RegisterBooks._of_filing,
    "movables/cancel": RegisterBooks._of_filing,
}


def _similarity(one: Content, other: Content) -> int:
    """Of two papers, in percent: 0 where buyer or amount differ, else how near the numbers are."""
    if any(one[name] != other[name] for name in ("counterparty", "amount_minor", "currency")):
        return 0
    mine, theirs = ("".join(filter(str.isalnum, row["number"])).upper() for row in (one, other))
    return round(difflib.SequenceMatcher(None, mine, theirs).ratio() * 100)


def _dict(value: object) -> Content:
    assert isinstance(value, dict)
    return value
