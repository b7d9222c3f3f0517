"""Questions of a lender about a case, to the supplier or the platform: a thread each; the lender's clock stops."""

# budget: a question stops a lender's clock, and an answer may bring a file
from datetime import datetime

from django.db import transaction

from scf.documents.services import sniff_attachment, store_file
from scf.kernel import lifecycle, outbox
from scf.parties import access
from scf.parties.models import Membership

from ..models import BankCase, InfoMessage
from . import checking, deciding, reviewing
from .banking import locked

Asked = BankCase.Asked


@transaction.atomic
def ask(
    *, bank_case_id: int, text: str, by: Membership, at: datetime, of: str = Asked.SUPPLIER, seen: bytes = b""
) -> BankCase:  # fmt: skip
    """Maker or checker asks something; nobody of the lender goes on until it is answered. Raises ReasonMissing."""
    case = locked(bank_case_id, by)
    if not text.strip():
        raise reviewing.ReasonMissing("a question is needed")
    if case.state == BankCase.State.CHECKER:
        checking.require_another(case, by)
    InfoMessage.objects.create(bank_case=case, asked=of, author=by, text=text, at=at)
    deciding.record(case, deciding.Act.ASK, by=by, at=at, note=text, seen=seen)
    lifecycle.fire(case, "ask_info", by=by, at=at, private_to=case.bank, note=text, asked=of)
    outbox.put(topic="financing.bank_case.info_asked", payload={"bank_case_id": case.pk}, at=at)
    return case


@transaction.atomic
def answer(
    *, bank_case_id: int, text: str, by: Membership, at: datetime, file_name: str = "", content: bytes = b""
) -> BankCase:  # fmt: skip
    """Whoever was asked answers, with a file where one says more; the maker goes on.

    Raises ReasonMissing, FileNotTaken, NotAllowedNow.
    """
    cases = BankCase.objects.select_for_update(of=("self",)).select_related("application", "bank")
    if access.is_platform(by):
        case = cases.get(pk=bank_case_id, asked=Asked.PLATFORM)
    else:
        case = cases.get(pk=bank_case_id, asked=Asked.SUPPLIER, application__supplier=by.organisation)
    if not text.strip():
        raise reviewing.ReasonMissing("an answer is needed")
    stored = None
    if content:
        kind = sniff_attachment(content, file_name)
        stored = store_file(
            content=content, name=file_name, media_type=kind, owner=by.organisation, by=by, at=at
        )  # fmt: skip
    InfoMessage.objects.create(bank_case=case, asked=case.asked, author=by, text=text, file=stored, at=at)
    lifecycle.fire(case, "answer_info", by=by, at=at, private_to=case.bank, note=text)
    outbox.put(topic="financing.bank_case.info_answered", payload={"bank_case_id": case.pk}, at=at)
    return case
