"""What an officer at a page knows of it."""

from scf.financing.models import BankCase
from scf.financing.services import deciding, quoting


def seen_of(case: BankCase) -> str:
    """What the page of a lender's step says of the case it shows: an officer who has just opened it."""
    shown = BankCase.objects.select_related("application").get(pk=case.pk)
    return deciding.fingerprint(quoting.show_draft(shown))
