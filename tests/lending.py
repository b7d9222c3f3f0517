"""The way of one case, as tests need it done: offered by the first lender, and signed."""

from scf.financing.models import Application, BankCase
from tests.trade_world import Person, TradeWorld


def offered(
    world: TradeWorld, document: str = "PO-1", *, product: str = "ORDER", amount: str = "1000"
) -> BankCase:  # fmt: skip
    """A case that only needs a signature."""
    application = Person(world, world.applicant).apply(document, product=product, amount=amount)
    return offer(world, application, amount)


def offer(world: TradeWorld, application: Application, amount: str) -> BankCase:
    """Maker and checker of the first lender agree."""
    case = application.bank_cases.get(bank=world.bank)
    Person(world, world.maker).offer(case, amount=amount)
    Person(world, world.checker).take(case, "check", action="CONFIRM")
    return case


def lent(
    world: TradeWorld, document: str = "PO-1", *, product: str = "ORDER", amount: str = "1000"
) -> Application:  # fmt: skip
    """A case that is signed; paid out, where the world's lenders go without what its pledge lacks."""
    case = offered(world, document, product=product, amount=amount)
    Person(world, world.signatory).sign(case.application, case)
    return Application.objects.get(pk=case.application_id)
