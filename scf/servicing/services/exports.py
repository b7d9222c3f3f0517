"""Statements asked for: made one by one in the background, kept, put into one ZIP.

A job is worked on in slices. Each finished document is a row of its own, so a
killed worker loses at most one, and whoever comes next goes on behind it.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from scf.documents import accounts
from scf.documents import services as files
from scf.documents import statements as documents
from scf.domain.errors import DomainError
from scf.kernel import audit, outbox
from scf.kernel.clock import day_of
from scf.parties import refusals
from scf.parties.models import Membership, Organisation

from .. import selectors
from ..models import ExportDocument, ExportJob, Loan

DOCUMENTS_PER_SLICE = 25  # some two seconds of work, well inside the outbox's lease
ZIP_TIME = (2000, 1, 1, 0, 0, 0)  # the same documents make the same ZIP


class PeriodNotStated(DomainError):
    """The period has not begun, or ends before it begins."""

    code = "PERIOD_NOT_STATED"


class NothingToState(DomainError):
    """No loan ran in the period."""

    code = "NOTHING_TO_STATE"


refusals.register(
    {
        "PERIOD_NOT_STATED": _("There is no statement from %(first)s to %(last)s. Choose days that have begun."),
        "NOTHING_TO_STATE": _("No loan ran from %(first)s to %(last)s. Choose another period."),
    }
)


def period_of(month: date, *, today: date) -> tuple[date, date]:
    """First and last day of a month's statement; today's date ends a running month. Raises PeriodNotStated."""
    first = month.replace(day=1)
    return first, checked_period(first, min(selectors.month_end(first), today), today=today)[1]


def checked_period(first: date, last: date, *, today: date) -> tuple[date, date]:
    """The period as asked for, if it has begun and is in order. Raises PeriodNotStated."""
    if first > today or last < first:
        raise PeriodNotStated("no such period", first=str(first), last=str(last))
    return first, min(last, today)


def loan_pdf(loan: Loan, *, first: date, last: date) -> bytes:
    """The loan's statement in the active language. Raises NothingToState before its drawdown."""
    if last < loan.drawdown_date:
        raise NothingToState("the loan did not run", first=str(first), last=str(last))
    return documents.render_loan(selectors.loan_statement(loan, first=first, last=last))


def supplier_pdf(supplier: Organisation, *, by: Membership, first: date, last: date) -> bytes:
    """The supplier's account over the loans that the reader may see. Raises NothingToState."""
    statement = selectors.supplier_statement(supplier, selectors.loans_visible_to(by), first=first, last=last)
    if not statement.parts:
        raise NothingToState("no loan ran", first=str(first), last=str(last))
    return accounts.render_supplier(statement)


@transaction.atomic
def request_export(*, kind: str, month: date, language: str, by: Membership, at: datetime) -> ExportJob:
    """Ask for all statements of a month. Raises PeriodNotStated, NothingToState."""
    first, last = period_of(month, today=day_of(at))
    loans = selectors.loans_in_period(selectors.loans_visible_to(by), first, last)
    if not loans.exists():
        raise NothingToState("no loan ran", first=str(first), last=str(last))
    job = ExportJob.objects.create(
        owner=by.organisation, requested_by=by, kind=kind, month=first, as_of=last, language=language, requested_at=at
    )
    facts = {"kind": kind, "month": f"{first:%Y-%m}", "language": language}
    audit.record(action="export.request", subject=job, by=by, at=at, after=facts)
    _promise(job, at)
    return job


def work_on(*, job_id: int, at: datetime) -> None:
    """Make the next documents of a job, or its ZIP when all are there. Safe to repeat and to run twice at once."""
    job = ExportJob.objects.select_related("requested_by__organisation", "requested_by__user", "owner").get(pk=job_id)
    if job.is_finished:
        return
    with translation.override(job.language):
        targets = list(_targets(job))
        ExportJob.objects.filter(pk=job.pk).update(total=len(targets))
        made = set(job.documents.values_list("name", flat=True))
        missing = [target for target in targets if target[0] not in made]
        for name, target in missing[:DOCUMENTS_PER_SLICE]:
            _make(job, name, target, at)
    if len(missing) <= DOCUMENTS_PER_SLICE:
        _finish(job, at)
        return
    with transaction.atomic():
        _promise(job, at)


def _promise(job: ExportJob, at: datetime) -> None:
    outbox.put(topic="servicing.export.due", payload={"job_id": job.pk}, at=at)


def _targets(job: ExportJob) -> Iterator[tuple[str, Loan | Organisation]]:
    """The documents that the job needs, by name in the ZIP, always in one order."""
    visible = selectors.loans_visible_to(job.requested_by)
    loans = selectors.loans_in_period(visible, job.month, job.as_of)
    month = f"{job.month:%Y-%m}"
    if job.kind in (ExportJob.Kind.LOAN, ExportJob.Kind.ALL):
        for loan in loans:
            yield f"loans/{loan.number}-{month}.pdf", loan
    if job.kind in (ExportJob.Kind.SUPPLIER, ExportJob.Kind.ALL):
        for supplier in Organisation.objects.filter(pk__in=loans.order_by().values("supplier")).order_by("code"):
            yield f"suppliers/{supplier.code}-{month}.pdf", supplier


def _make(job: ExportJob, name: str, target: Loan | Organisation, at: datetime) -> None:
    """Typeset outside the transaction, then keep the document unless another worker was faster."""
    period = {"first": job.month, "last": job.as_of}
    if isinstance(target, Loan):
        content = loan_pdf(target, **period)
    else:
        assert isinstance(target, Organisation)
        content = supplier_pdf(target, by=job.requested_by, **period)
    with transaction.atomic():
        locked = ExportJob.objects.select_for_update().get(pk=job.pk)
        if locked.documents.filter(name=name).exists():
            return
        stored = files.store_file(
            content=content, name=name.rpartition("/")[2], media_type="application/pdf", owner=job.owner,
            by=job.requested_by, at=at,
        )  # fmt: skip
        ExportDocument.objects.create(job=locked, name=name, file=stored)
        locked.done = locked.documents.count()
        locked.save(update_fields=["done"])


@transaction.atomic
def _finish(job: ExportJob, at: datetime) -> None:
    locked = ExportJob.objects.select_for_update().get(pk=job.pk)
    if locked.is_finished:
        return
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in locked.documents.select_related("file").order_by("name"):
            archive.writestr(zipfile.ZipInfo(document.name, ZIP_TIME), files.read_file(document.file))
    locked.file = files.store_file(
        content=bundle.getvalue(), name=f"statements-{job.month:%Y-%m}-{job.kind.lower()}.zip",
        media_type="application/zip", owner=job.owner, by=job.requested_by, at=at,
    )  # fmt: skip
    locked.finished_at = at
    locked.save(update_fields=["file", "finished_at"])
    facts = {"documents": locked.done, "sha256": locked.file.sha256}
    audit.record(action="export.finish", subject=locked, by=None, at=at, after=facts)
