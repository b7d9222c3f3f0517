"""A loan on goods received pays off the loan on the order: the case for it, and what of its amount that takes."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from scf.collateral import selectors as collateral
from scf.domain.errors import DomainError
from scf.domain.money import Money, zero
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership
from scf.servicing.selectors import loan_of, payoff

from ..models import Application, Product
from ..models.applications import ENDED
from . import applying


class NotToBeLiquidated(DomainError):
    """No new loan can pay this one off."""

    code = "NOT_TO_BE_LIQUIDATED"


class TooLittleToLiquidate(DomainError):
    """The new loan does not reach to pay off the one before it."""

    code = "TOO_LITTLE_TO_LIQUIDATE"


refusals.register(
    {
        "NOT_TO_BE_LIQUIDATED": _(
            "No new loan can pay off %(loan)s now: its product does not allow it, nothing was received on its order "
            "yet, or another case does so already. The loan's case page shows what stands behind it."
        ),
        "TOO_LITTLE_TO_LIQUIDATE": _(
            "%(amount)s does not pay off loan %(loan)s, which takes %(payoff)s. "
            "Repay a part of that loan first, or withdraw this case."
        ),
    }
)


def can_be_liquidated(application: Application) -> bool:
    """Whether a loan on what was received may pay off the loan of this case."""
    is_possible = (
        application.state == Application.State.DISBURSED
        and application.product.on_receipt == Product.OnReceipt.NEW_LOAN
        and application.accepted_case is not None
    )
    return is_possible and bool(collateral.passing_on(application.number)) and successor_of(application) is None


def successor_of(application: Application) -> Application | None:
    """The case whose loan pays off, or paid off, this one's; None where there is none."""
    found = Application.objects.filter(liquidates__reference=application.number).exclude(
        state__in=ENDED - {Application.State.SETTLED}
    )
    return found.first()


@transaction.atomic
def start_draft(*, number: str, by: Membership, at: datetime) -> Application:
    """A draft of a loan on what was received on an order, which pays off the order's loan; its goods are chosen.

    number  of the case whose loan is to be paid off
    Raises NotToBeLiquidated, Application.DoesNotExist.
    """
    before = Application.objects.select_for_update(of=("self",)).select_related("product").get(
        number=number, supplier=by.organisation
    )  # fmt: skip
    loan = loan_of(number)
    if loan is None or loan.has_ended or not can_be_liquidated(before):
        raise NotToBeLiquidated("no new loan can pay this one off", loan=loan.number if loan else number)
    product = Product.objects.get(code=Product.Code.RECEIPT)
    draft = applying.start_draft(product=product, currency=before.currency, by=by, at=at)
    draft.liquidates = loan
    draft.save(update_fields=["liquidates"])
    lines = [row.line_holding.line_id for row in collateral.passing_on(number) if row.line_holding.line_id]
    return applying.choose_lines(application_id=draft.pk, line_ids=lines, by=by, on=day_of(at))


def payoff_of(application: Application, on: date) -> Money:
    """What of the amount goes to the loan that this case pays off, if it is paid out on `on`; zero for other cases."""
    if application.liquidates is None:
        return zero(application.currency)
    return payoff(application.liquidates, on)


def paid_out(application: Application, amount: Money, on: date) -> Money:
    """What of `amount` the supplier gets. Raises TooLittleToLiquidate where nothing would be left."""
    takes = payoff_of(application, on)
    if application.liquidates is not None and not takes < amount:
        facts = {"amount": str(amount), "payoff": str(takes), "loan": application.liquidates.number}
        raise TooLittleToLiquidate("the loan before is not paid off", **facts)
    return amount - takes
