"""What would make a failing check pass, in words, and taking it over with one click."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django import http
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scf.collateral.selectors import Offerable
from scf.domain.eligibility import Result, Verdict
from scf.domain.money import Money
from scf.domain.remedies import Remedy
from scf.parties.models import Membership

from ..models import Application
from ..services import applying, checks

# code -> (what to change, the button; none where somebody else must act)
WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "AMOUNT": (_("Ask for %(amount)s."), _("Set to %(amount)s")),
    "TENOR": (_("Choose %(days)s days."), _("Set to %(days)s days")),
    "ADD_LINES": (_("Add %(documents)s: %(amount)s more can be borrowed on it."), _("Add it")),
    "DROP_PAPERS": (_("Take %(documents)s out."), _("Take it out")),
    "CONFIRM": (_("Have %(documents)s confirmed by the buyer or the keeper."), ""),
}


@dataclass(frozen=True, slots=True)
class Cure:
    """A remedy as the page shows it; fields go back with the click."""

    code: str
    text: str
    button: str
    fields: tuple[tuple[str, str], ...]


def cures(
    application: Application,
    chosen: Sequence[Offerable],
    everything: Callable[[], list[Offerable]],
    found: Sequence[Verdict],
    on: date,
) -> dict[str, list[Cure]]:
    """By failing check; reads the supplier's other goods only where a check fails.

    everything  every line of the draft's product and currency
    """
    if all(verdict.result is not Result.FAIL for verdict in found) or not chosen:
        return {}
    ids = {o.line.line_id for o in chosen}
    others = [o for o in everything() if o.line.line_id not in ids and o.is_usable]
    answer: dict[str, list[Cure]] = {}
    for remedy in checks.remedies_for(application, chosen, others, on):
        answer.setdefault(remedy.check, []).append(_cure(remedy))
    return answer


def _cure(remedy: Remedy) -> Cure:
    text, button = (str(words) % remedy.facts for words in WORDS[remedy.code])
    fields = [("line", str(key)) for key in remedy.keys]
    if remedy.amount is not None:
        fields.append(("amount", str(remedy.amount.minor)))
    if remedy.tenor_days is not None:
        fields.append(("tenor_days", str(remedy.tenor_days)))
    return Cure(remedy.code, text, button, tuple(fields))


def take(application: Application, asked: http.QueryDict, *, by: Membership, on: date) -> None:
    """Take a remedy over into the draft; what is sent is checked like anything typed in, when it is submitted."""
    lines = [int(key) for key in asked.getlist("line") if key.isdecimal()]
    if lines:
        applying.choose_lines(application_id=application.pk, line_ids=lines, by=by, on=on)
        return
    amount, tenor = asked.get("amount", ""), asked.get("tenor_days", "")
    applying.set_terms(
        application_id=application.pk,
        amount=Money(int(amount), application.currency) if amount.isdecimal() else application.amount,
        tenor_days=int(tenor) if tenor.isdecimal() else application.tenor_days or 0,
        wanted_on=application.wanted_on or on, note=application.note, by=by,
    )  # fmt: skip
