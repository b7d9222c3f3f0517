"""Exports: made in slices, kept, repeated safely, one's own only."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from scf.documents.services import read_file
from scf.kernel import outbox
from scf.parties.models import Organisation, Role
from scf.servicing import selectors
from scf.servicing.models import ExportDocument, ExportJob, Loan
from scf.servicing.services import exports
from tests.factories import LendingWorld, member, organisation
from tests.integration.servicing_world import repay

pytestmark = pytest.mark.django_db
MONTH, AT = date(2031, 3, 1), datetime(2031, 4, 1, 4, tzinfo=UTC)


@pytest.fixture
def world() -> LendingWorld:
    made = LendingWorld()
    loan = made.loan()
    made.loan(amount="5000.00", supplier=organisation())
    repay(made, loan, "400000.00", date(2031, 3, 13))
    return made


def ask(world, *, kind="ALL", by=None, language="en", month=MONTH) -> ExportJob:
    return exports.request_export(kind=kind, month=month, language=language, by=by or world.clerk, at=AT)


def names(job: ExportJob) -> list[str]:
    return archive(job).namelist()


def archive(job: ExportJob) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(read_file(ExportJob.objects.get(pk=job.pk).file)))


class TestExport:
    @pytest.mark.parametrize(("kind", "loans", "suppliers"), [("LOAN", 2, 0), ("SUPPLIER", 0, 2), ("ALL", 2, 2)])
    def test_makes_what_was_asked_for(self, world, kind, loans, suppliers):
        job = ask(world, kind=kind)

        outbox.deliver_all(now=AT)

        found = names(job)
        assert sum(name.startswith("loans/") for name in found) == loans
        assert sum(name.startswith("suppliers/") for name in found) == suppliers
        job.refresh_from_db()
        assert job.is_finished and job.done == job.total == loans + suppliers

    def test_speaks_the_readers_language(self, world):
        job = ask(world, kind="LOAN", language="zh-hans")
        outbox.deliver_all(now=AT)

        text = PdfReader(io.BytesIO(archive(job).read(names(job)[0]))).pages[0].extract_text()

        assert "还款" in text and "期初" in text

    def test_goes_on_behind_what_a_killed_worker_had_made(self, world, monkeypatch):
        job = ask(world)
        made = []
        real = exports._make

        def dies_at_the_second(job, name, target, at):
            if made:
                raise RuntimeError("killed")
            real(job, name, target, at)
            made.append(name)

        monkeypatch.setattr(exports, "_make", dies_at_the_second)
        with pytest.raises(RuntimeError):
            exports.work_on(job_id=job.pk, at=AT)
        first = ExportDocument.objects.get()
        monkeypatch.setattr(exports, "_make", real)

        exports.work_on(job_id=job.pk, at=AT)

        assert ExportDocument.objects.order_by("id").first() == first
        assert len(names(job)) == 4 == len(set(names(job)))

    def test_repeated_changes_nothing(self, world):
        job = ask(world)
        exports.work_on(job_id=job.pk, at=AT)
        before = ExportJob.objects.get(pk=job.pk).file

        exports.work_on(job_id=job.pk, at=AT)

        assert ExportJob.objects.get(pk=job.pk).file == before

    def test_is_made_in_slices(self, world, monkeypatch):
        monkeypatch.setattr(exports, "DOCUMENTS_PER_SLICE", 1)
        job = ask(world)

        exports.work_on(job_id=job.pk, at=AT)
        job.refresh_from_db()
        assert (job.done, job.total, job.is_finished) == (1, 4, False)

        outbox.deliver_all(now=AT)
        assert len(names(job)) == 4

    def test_the_same_documents_make_the_same_file(self, world):
        jobs = [ask(world), ask(world)]
        outbox.deliver_all(now=AT)

        first, second = ExportJob.objects.filter(pk__in=[job.pk for job in jobs])

        assert first.file.sha256 == second.file.sha256

    def test_a_suppliers_clerk_gets_its_own_loans_only(self, world):
        clerk = member(world.supplier, Role.CLERK)
        job = ask(world, by=clerk)

        outbox.deliver_all(now=AT)

        assert len(names(job)) == 2
        assert list(selectors.export_jobs_visible_to(clerk)) == [job]
        assert not selectors.export_jobs_visible_to(world.clerk).exists()

    def test_a_month_to_come_is_refused(self, world):
        with pytest.raises(exports.PeriodNotStated):
            ask(world, month=date(2031, 5, 1))

    @pytest.mark.parametrize("month", [date(2030, 1, 1)])
    def test_a_month_without_loans_is_refused(self, world, month):
        with pytest.raises(exports.NothingToState):
            ask(world, month=month)

    def test_a_running_month_ends_today(self, world):
        assert ask(world, month=date(2031, 4, 1)).as_of == date(2031, 4, 1)


class TestStatements:
    def test_a_months_end_is_the_next_ones_beginning(self, world):
        loan = Loan.objects.order_by("id").first()
        repay(world, loan, "10000.00", date(2031, 4, 20))

        march, april, may = (
            selectors.loan_statement(loan, first=date(2031, m, 1), last=selectors.month_end(date(2031, m, 1)))
            for m in (3, 4, 5)
        )

        for earlier, later in ((march, april), (april, may)):
            assert earlier.closing == later.opening
            assert earlier.interest_closing == later.interest_opening
        assert march.opening.minor == 0

    def test_over_its_life_a_loan_accrues_what_was_paid(self, world):
        loan = Loan.objects.order_by("id").first()
        payoff = selectors.standing(loan, date(2031, 6, 20)).now.payoff
        repay(world, loan, str(payoff.amount), date(2031, 6, 20))

        whole = selectors.loan_statement(loan, first=date(2031, 1, 1), last=date(2031, 12, 31))

        assert whole.closing.minor == whole.interest_closing.minor == whole.payoff.minor == 0
        assert whole.accrued == whole.paid

    def test_a_suppliers_account_sums_its_loans(self, world):
        world.loan(amount="7000.00", drawn=date(2031, 3, 20))

        statement = selectors.supplier_statement(
            world.supplier, Loan.objects.all(), first=MONTH, last=date(2031, 3, 31)
        )

        part = statement.parts[0]
        assert len(part.rows) == 2
        assert part.sum_of("drawn").minor == 1_007_000_00
        assert part.sum_of("opening") + part.sum_of("drawn") - part.sum_of("repaid") == part.sum_of("closing")

    def test_a_stranger_sees_nothing(self, world):
        stranger = member(organisation(Organisation.Kind.BANK), Role.MAKER)

        with pytest.raises(exports.NothingToState):
            exports.supplier_pdf(world.supplier, by=stranger, first=MONTH, last=date(2031, 3, 31))
