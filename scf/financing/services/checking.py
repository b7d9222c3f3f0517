"""The second half of a lender's decision: checkers sign, a committee votes, until the lender's matrix is satisfied."""

# budget: a word is judged by the matrix, limits, licence and the sealed auction that it may stand in
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from scf.banks.selectors.authority import checkers
from scf.domain import authority
from scf.domain.authority import Hat, Verdict, Word
from scf.domain.errors import DomainError
from scf.domain.money import Money
from scf.domain.sealing import Quote
from scf.kernel import audit, lifecycle, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership, Role, User

from ..models import BankCase, Decision
from . import banking, deciding, placing, quoting, reviewing, securing
from .banking import locked
from .deciding import Act, Table


class SamePerson(DomainError):
    """The checker is the maker."""

    code = "SAME_PERSON"


class SpokenAlready(DomainError):
    """One person, or one officer's power, counts once a proposal."""

    code = "SPOKEN_ALREADY"


class BeyondAuthority(DomainError):
    """The case is beyond what this officer may decide."""

    code = "BEYOND_AUTHORITY"


refusals.register(
    {
        "SAME_PERSON": _("You made this proposal, so somebody else checks it. Lay it back for a colleague."),
        "SPOKEN_ALREADY": _(
            "You, or the colleague for whom you stand in, have spoken on this proposal already. Lay it back: somebody "
            "else has to."
        ),
        "BEYOND_AUTHORITY": _("%(amount)s is beyond your authority (%(authority)s). Lay it back: %(who)s."),
    }
)
_VOTES = {Word.FOR: Act.VOTE_FOR, Word.AGAINST: Act.VOTE_AGAINST, Word.ABSTAIN: Act.ABSTAIN}


def require_another(case: BankCase, by: Membership) -> None:
    """Raise SamePerson for the maker, SpokenAlready for who has spoken on this proposal."""
    if case.maker_id == by.user_id:
        raise SamePerson("the maker does not check")
    if case.decisions.filter(round=case.proposals, person=by.user, act__in=Decision.SPEAKING).exists():
        raise SpokenAlready("spoken already")


@transaction.atomic
def confirm(*, bank_case_id: int, by: Membership, at: datetime, note: str = "", seen: bytes = b"") -> BankCase:
    """A checker stands for the proposal, by signature or by vote; with the last word needed it is decided.

    In an auction that seals the quote for good. Raises SamePerson, SpokenAlready, BeyondAuthority, LimitUsedUp,
    LicenceForbids, KeyNotThere, QuoteTooLate, NotAllowedNow.
    """
    return _speak(bank_case_id, Word.FOR, by, at, note, seen)


@transaction.atomic
def vote(
    *, bank_case_id: int, word: Word, by: Membership, at: datetime, note: str = "", seen: bytes = b""
) -> BankCase:  # fmt: skip
    """A member of the committee votes against, or abstains; a proposal that cannot be carried any more goes back.

    Raises ReasonMissing, and what `confirm` raises.
    """
    if word != Word.FOR and not note.strip():
        raise reviewing.ReasonMissing("a reason is needed")
    return _speak(bank_case_id, word, by, at, note, seen)


def _speak(bank_case_id: int, word: Word, by: Membership, at: datetime, note: str, seen: bytes) -> BankCase:
    case = locked(bank_case_id, by)
    require_another(case, by)
    quote = quoting.draft_of(case) if case.is_sealed else None
    if case.state != BankCase.State.CHECKER or (case.is_sealed and quote is None):
        raise lifecycle.NotAllowedNow("nothing waits to be checked", state=case.state)
    amount, burden = (quote.amount, quote.burden) if quote else (case.amount, case.burden)
    is_offer = quote.amount is not None if quote else case.proposal == BankCase.Proposal.OFFER
    if not is_offer or amount is None:
        deciding.record(case, Act.SIGN, by=by, at=at, note=note, power_of=by.user_id, seen=seen)
        return _decided(case, quote, "confirm_decline", by, at)
    table = deciding.table_of(case, amount, day_of(at))
    hat, whose = _office(case, table, by)
    if hat == Hat.SIGN and word != Word.FOR:
        raise BeyondAuthority("votes are the committee's", **_why_beyond(case, table, by))
    if word == Word.FOR:
        _require_may_lend(case, amount, burden, at)
    act = Act.SIGN if hat == Hat.SIGN else _VOTES[word]
    deciding.record(
        case, act, by=by, at=at, note=note, power_of=whose, terms=_terms_said(case), seen=seen
    )  # fmt: skip
    said = (*table.spoken, authority.Spoken(by.user_id, whose, hat, word))
    verdict = authority.verdict(table.matrix, table.deal, maker=case.maker_id, spoken=said)
    if verdict == Verdict.REACHED:
        return _decided(case, quote, "confirm_offer", by, at)
    if verdict == Verdict.LOST:
        return _lost(case, quote, by, at)
    lifecycle.fire(case, "sign_on", by=by, at=at, private_to=case.bank, facts={"act": act}, need=table.need)
    outbox.put(topic="financing.bank_case.proposed", payload={"bank_case_id": case.pk}, at=at)
    return case


def _office(case: BankCase, table: Table, by: Membership) -> tuple[Hat, int]:
    found = authority.office(table.matrix, table.deal, person=by.user_id, maker=case.maker_id, spoken=table.spoken)
    if found is None:
        raise BeyondAuthority("beyond authority", **_why_beyond(case, table, by))
    hat, whose = found
    assert isinstance(whose, int)  # the domain takes any name for a person; ours are user ids
    return hat, whose


def _why_beyond(case: BankCase, table: Table, by: Membership) -> dict[str, str]:
    own = [power.amount_max for power in table.matrix.powers if power.person == by.user_id and power.hat == Hat.SIGN]
    names = [str(user) for user in deciding.people_who_may(case, table.deal.amount, table.on)]
    who = gettext("these may decide: %(names)s") % {"names": ", ".join(names)}
    nobody = gettext("nobody else has the authority today; ask your administrator")
    return {
        "amount": str(table.deal.amount), "authority": str(max(own)) if own else gettext("none"),
        "who": who if names else nobody,
    }  # fmt: skip


def _require_may_lend(case: BankCase, amount: Money, burden: Decimal, at: datetime) -> None:
    """Raise LimitUsedUp or LicenceForbids where limits or licence do not allow it."""
    securing.require_room(case.application.number, case.bank, at=at)
    placing.require_licensed(case.application, case.bank, amount=amount, burden=burden, on=day_of(at))


def _terms_said(case: BankCase) -> dict[str, str]:
    return {
        "amount": str(case.amount), "rate": str(case.annual_rate), "tenor_days": str(case.tenor_days),
        "expires_on": str(case.expires_on), "conditions": case.conditions, "precedents": case.precedents,
        "fee_bp": str(case.fee_bp or ""),
    }  # fmt: skip


def _decided(case: BankCase, quote: Quote | None, transition: str, by: Membership, at: datetime) -> BankCase:
    if quote is not None:
        return quoting.seal(case, quote, by=by, at=at)
    lifecycle.fire(case, transition, by=by, at=at, private_to=case.bank, checker=by.user)
    outbox.put(topic="financing.bank_case.decided", payload={"bank_case_id": case.pk}, at=at)
    return case


def _lost(case: BankCase, quote: Quote | None, by: Membership, at: datetime) -> BankCase:
    """The committee has not carried it: the maker works it over or declines, and reads how the votes stood."""
    votes = case.decisions.filter(round=case.proposals, act__in=Decision.SPEAKING)
    against = votes.filter(act__in=[Act.VOTE_AGAINST, Act.ABSTAIN]).count()
    note = ngettext(
        "The committee has not carried it: %(count)s vote against or withheld.",
        "The committee has not carried it: %(count)s votes against or withheld.", against,
    ) % {"count": against}  # fmt: skip
    if quote is not None:
        return quoting.send_back(case, note=note, by=by, at=at)
    return lifecycle.fire(case, "send_back", by=by, at=at, private_to=case.bank, note=note)


@transaction.atomic
def hand_over(*, bank_case_id: int, to: Membership, by: Membership, at: datetime) -> BankCase:
    """A checker gives the check of a proposal to a colleague whose word counts; nothing changes but who has it.

    Raises CannotTakeIt, SamePerson, SpokenAlready, NotAllowedNow.
    """
    case = locked(bank_case_id, by)
    if case.state != BankCase.State.CHECKER:
        raise lifecycle.NotAllowedNow("nothing waits to be checked", state=case.state)
    banking.require_can_take(to, by, Role.CHECKER, day_of(at))
    require_another(case, to)
    facts = {"to": str(to.user)}
    audit.record(
        action="bankcase.hand_over", subject=case, by=by, at=at, thread=case.thread, after=facts, private_to=case.bank
    )
    return case


def who_may(case: BankCase, *, on: date) -> list[User]:
    """Whose word on the proposal that waits can still count; of a decline every checker's but the maker's."""
    quote = quoting.draft_of(case) if case.is_sealed else None
    amount = quote.amount if quote else case.amount if case.proposal == BankCase.Proposal.OFFER else None
    if amount is not None:
        return deciding.people_who_may(case, amount, on)
    return [member.user for member in checkers(case.bank_id) if member.user_id != case.maker_id]


@transaction.atomic
def send_back(*, bank_case_id: int, note: str, by: Membership, at: datetime, seen: bytes = b"") -> BankCase:
    """The checker wants the proposal worked over. Raises ReasonMissing, SamePerson, SpokenAlready."""
    case = locked(bank_case_id, by)
    if not note.strip():
        raise reviewing.ReasonMissing("a reason is needed")
    require_another(case, by)
    deciding.record(case, Act.SEND_BACK, by=by, at=at, note=note, terms=_terms_said(case), seen=seen)
    if case.is_sealed:
        return quoting.send_back(case, note=note, by=by, at=at)
    return lifecycle.fire(case, "send_back", by=by, at=at, private_to=case.bank, note=note)
