"""Why a payment waits, what may be done about it, and why it may mean a loan, in words."""

from django.utils.translation import gettext_lazy as _

from scf.domain.matching import Code, Reason

from ..models import IncomingPayment
from ..selectors.suggestions import Part

# why it waits: what happened, and the next step
WHY = {
    "NO_REFERENCE": (_("The payment names no loan."), _("Take a suggestion, or ask the payer which loan it means.")),
    "SEVERAL_LOANS": (_("The payment names several loans."), _("Divide it among them.")),
    "NO_SUCH_LOAN": (
        _("This lender has no loan with the number in the payment."),
        _("Look for a slip in the number; take a suggestion, or ask the payer."),
    ),
    "CURRENCY": (
        _("The loan is in another currency."),
        _("Nothing is exchanged here. Set it aside with a note, and have the lender exchange it or pay it back."),
    ),
    "ACCOUNT_SEVERAL": (
        _("The account it came into stands for several running loans, and no single one asks for this amount."),
        _("Take a suggestion, or divide it by due date."),
    ),
    "ACCOUNT_DISAGREES": (
        _("The number in the text and the account it came into mean different suppliers."),
        _("Ask the payer before you decide."),
    ),
    "TAKEN_BACK": (
        _("The payment was taken back from a loan; say to which it belongs."),
        _("Take a suggestion, or set it aside."),
    ),
    "TAKEN_UP": (_("It had been set aside, and is looked at again."), _("Take a suggestion, or set it aside.")),
    "REVERSAL": (
        _("The bank takes an earlier movement back."),
        _("Look for the payment out that came back, then set this aside with its number."),
    ),
}  # fmt: skip
RETURNED = (
    _("The bank has taken this payment back."),
    _("Take it off its loan; the loan then stands as if it had not come."),
)
GONE = (
    _("A later statement no longer shows this payment."),
    _("Ask the bank. If it is right, take the payment off its loan and confirm that it is gone."),
)
REASONS = {
    Code.REFERENCE: _("names %(number)s"),
    Code.OWN_ACCOUNT: _("came into the loan's own account %(account)s"),
    Code.SUPPLIERS_ACCOUNT: _("came into its supplier's account %(account)s"),
    Code.SALE: _("price of the goods sold for it"),
    Code.PAYOFF: _("exactly what pays it off"),
    Code.INSTALMENT: _("exactly the instalment of %(due)s"),
    Code.SUM: _("together exactly what %(count)s loans ask for"),
    Code.PAYER: _("paid by %(name)s"),
    Code.PAYER_LIKE: _("payer's name is like %(name)s (%(percent)s %%)"),
    Code.LEARNED_ACCOUNT: _("account %(mark)s has paid for this supplier before"),
    Code.LEARNED_NAME: _("“%(mark)s” has paid for this supplier before"),
    Code.DUE_DAY: _("%(days)s days from its due date %(due)s"),
}


def words_of(reason: Reason) -> str:
    """A reason, in the active language."""
    return str(REASONS[reason.code]) % dict(reason.facts)


def why_it_waits(incoming: IncomingPayment) -> tuple[str, str]:
    """What happened to a payment and what to do next; of one set aside the person's own words."""
    if incoming.state == IncomingPayment.State.RETURNED:
        return str(RETURNED[0]), ""
    if incoming.returned_by_id is not None:
        return str(RETURNED[0]), str(RETURNED[1])
    if incoming.entry.missing_from_id is not None:
        return str(GONE[0]), str(GONE[1])
    if incoming.state == IncomingPayment.State.ALLOCATED:
        return "", ""
    why, then = WHY.get(incoming.why, (incoming.why, ""))
    return str(why), str(then)


def fit_of(part: Part) -> str:
    """How a part stands to what pays the loan off that day."""
    if not part.rest:
        return str(_("pays it off"))
    if part.rest.minor > 0:
        return str(_("pays a part: %(rest)s stays owed")) % {"rest": part.rest}
    return str(_("%(rest)s more than it owes: stays as surplus")) % {"rest": -part.rest}
