"""Documents typed in by a person."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from scf.domain.errors import DomainError
from scf.kernel import idempotency
from scf.orders.gateways import ParsedDocument, Problem, checks
from scf.orders.gateways.fingerprints import content_hash
from scf.orders.models import TradeDocument
from scf.parties.models import Membership, Organisation

from .recording import lock_owner, record
from .rows import Act, as_json


class DocumentRefused(DomainError):
    """The document cannot be recorded; `detail["problems"]` says why."""

    code = "DOCUMENT_REFUSED"


@transaction.atomic
def record_by_form(
    *, document: ParsedDocument, owner: Organisation, by: Membership, at: datetime, key: str
) -> TradeDocument:
    """Record a document typed in; repeating a call with its `key` changes nothing.

    Raises DocumentRefused, idempotency.KeyReused.
    """

    def work() -> dict:
        problems = checks.problems_of(document)
        if any(problem.is_fatal for problem in problems):
            raise _refusal(problems)
        lock_owner(owner)
        answer = record(document, act=Act(owner, by, at), problems=problems)
        if answer.document is None:
            raise _refusal(answer.problems)
        return {"document_id": answer.document.pk}

    request = {"owner": owner.pk, "by": by.pk, "facts": content_hash(document, key=settings.FINGERPRINT_KEY)}
    answer = idempotency.run_once(scope="orders.record_by_form", key=key, request=request, work=work)
    return TradeDocument.objects.get(pk=answer["document_id"])


def _refusal(problems: tuple[Problem, ...]) -> DocumentRefused:
    fatal = [problem for problem in problems if problem.is_fatal]
    reasons = " ".join(problem.message for problem in fatal)
    listed = [as_json(problem) for problem in fatal]
    return DocumentRefused(reasons, problems=listed)
