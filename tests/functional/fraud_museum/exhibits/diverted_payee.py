"""The loan that went to a thief."""

from scf.banks.models import Payment
from scf.domain.errors import DomainError
from scf.parties.models import BankAccount
from scf.parties.services import payees
from tests.factories import NOON, account
from tests.functional.fraud_museum.museum import Loss
from tests.functional.fraud_museum.walk import buyer_confirms, paid, signatory_of, signed
from tests.trade_world import TradeWorld

TITLE = "Diverted payment"
TRICK = "A mail in the supplier's name asks for another account; two reviewers believe the voice on the telephone."
SOURCE = "FBI Internet Crime Report, 'business email compromise', every year since 2015"
CONTROL = "PAYEE_COOLED_DOWN"


class PaidToTheSupplier(DomainError):
    """The new account is not used before it has cooled down: the money went where it belongs."""

    code = CONTROL


def commit(world: TradeWorld) -> Loss:
    """The account is changed this morning, the loan is paid at noon."""
    thief = account(world.supplier, BankAccount.Purpose.PAYEE, is_verified=False)
    change = payees.propose(
        account_id=thief.pk, called="the number in the mail", said="yes", by=world.reviewer, at=NOON
    )
    payees.confirm(change_id=change.pk, by=world.second_reviewer, at=NOON)
    world.order("PO-1", quantity=500, price=1000)
    world.receipt("GR-1", of="PO-1", quantity=500, price=1000)
    buyer_confirms(world, "GR-1")
    case = signed(world, "GR-1", product="RECEIPT", by=signatory_of(world, world.supplier))
    out = paid(world, case)
    if Payment.objects.get(reference=case.number).creditor_account != thief:
        raise PaidToTheSupplier("the old account was paid")
    return Loss(out, out)
