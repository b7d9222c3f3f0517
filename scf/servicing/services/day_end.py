"""Finance signs the end of a day: figures as they stand, kept with their paper and with who signed."""

import hashlib
import json
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.documents import day_end as paper
from scf.documents.services import store_file
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.kernel import audit, numbering
from scf.parties import refusals
from scf.parties.models import BankAccount, Membership

from ..models import DayEndProof, DayEndSignature
from ..selectors import day_end as selectors
from ..selectors.day_end import DayEnd, Line


class DayEndOpen(DomainError):
    """The day cannot be signed as it stands."""

    code = "DAY_END_OPEN"


class DayEndChanged(DomainError):
    """The figures are not those that the person saw."""

    code = "DAY_END_CHANGED"


class SignedAlready(DomainError):
    """The person has signed these figures."""

    code = "DAY_END_SIGNED"


refusals.register(
    {
        "DAY_END_OPEN": _(
            "The end of %(day)s cannot be signed: %(amount)s is unexplained. Bring in the missing statement, or ask "
            "the bank."
        ),
        "DAY_END_CHANGED": _("The figures have changed since the page was shown. Look at them again, then sign."),
        "DAY_END_SIGNED": _("You have signed these figures already. A second signature is a colleague's."),
    }
)
NAMES = {
    "SUSPENSE": _("In suspense"), "SET_ASIDE": _("Set aside, no repayment"), "UNBOOKED": _("Credit not booked here"),
    "RETURNED_LATER": _("Returned on a later day"), "TAKEN_BY_BANK": _("Taken back by the bank, still on a loan"),
    "GONE": _("No longer on the bank's statement"), "UNKNOWN_DEBIT": _("Debit that we did not order"),
    "WRONG_AMOUNT": _("Paid in another amount than ordered"), "REFUND_NOT_SHOWN": _("Paid, not on a statement yet"),
    "RETURN_NOT_SHOWN": _("Sent back, not on a statement yet"),
    "MISSING_DAY": _("Days without a statement"), "NO_STATEMENT": _("No statement of this day"),
    "UNEXPLAINED": _("Unexplained"),
}  # fmt: skip


def name_of(line: Line) -> str:
    """What a difference is, in words."""
    return str(NAMES[str(line["code"])])


def detail_of(line: Line) -> str:
    """Its facts, in words."""
    facts = dict(line["facts"])  # type: ignore[call-overload]
    if line["code"] == "MISSING_DAY":
        return str(_("between %(after)s and %(before)s")) % facts
    if line["code"] == "NO_STATEMENT":
        return str(_("the last one ends on %(last)s")) % facts
    return " · ".join(str(facts[name]) for name in ("day", "who") if name in facts)


def digest(found: DayEnd) -> str:
    """The figures in one word, so that a person signs what was shown."""
    said = [found.account.pk, found.day.isoformat(), found.closing.minor, found.expected.minor, found.lines]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def sign(*, account_id: int, day: date, seen: str, by: Membership, at: datetime) -> DayEndProof:
    """A person signs a day as it was shown; a colleague's signature joins the first while nothing has changed.

    seen  the digest of what was shown
    Raises DayEndOpen, DayEndChanged, SignedAlready.
    """
    account = BankAccount.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=account_id)
    found = selectors.day_end(account, day)
    if found is None or found.unexplained:
        amount = found.unexplained if found is not None else "–"
        raise DayEndOpen("not all is explained", day=day.isoformat(), amount=str(amount))
    if digest(found) != seen:
        raise DayEndChanged("other figures")
    proof = DayEndProof.objects.filter(account=account, day=day).order_by("-id").first()
    if proof is None or not _is_same(proof, found):
        proof = _keep(found, by=by, at=at)
    if proof.signatures.filter(user=by.user_id).exists():
        raise SignedAlready("signed")
    DayEndSignature.objects.create(proof=proof, by=by, user_id=by.user_id, signed_at=at)
    facts = {
        "account": account.number,
        "day": day.isoformat(),
        "closing": str(found.closing),
        "sha256": proof.file.sha256,
    }
    audit.record(action="dayend.sign", subject=proof, by=by, at=at, after=facts)
    return proof


def render(proof: DayEndProof) -> bytes:
    """The paper of kept figures, in the active language."""
    currency = proof.account.currency
    return paper.render(
        paper.DayEnd(
            number=proof.number,
            lender=str(proof.bank),
            account=str(proof.account),
            on=proof.day,
            closing=proof.closing,
            expected=Money(proof.expected_minor, currency),
            differences=tuple(
                paper.Difference(name_of(line), detail_of(line), Money(line["minor"], currency)) for line in proof.lines
            ),
        )
    )


def _is_same(proof: DayEndProof, found: DayEnd) -> bool:
    kept = (proof.closing_minor, proof.expected_minor, proof.lines)
    return kept == (found.closing.minor, found.expected.minor, found.lines)


def _keep(found: DayEnd, *, by: Membership, at: datetime) -> DayEndProof:
    account = found.account
    proof = DayEndProof(
        number=numbering.next_number(prefix="DE", on=found.day), bank=account.organisation, account=account,
        day=found.day, closing_minor=found.closing.minor, expected_minor=found.expected.minor, lines=found.lines,
        made_at=at,
    )  # fmt: skip
    proof.file = store_file(
        content=render(proof), name=f"{proof.number}.pdf", media_type="application/pdf", owner=account.organisation,
        by=by, at=at,
    )  # fmt: skip
    proof.save()
    return proof
