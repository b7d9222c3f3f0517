"""Promises on servicing topics. Load, call once, return."""

from datetime import datetime

from scf.kernel import outbox

from .services import exports, refunds


@outbox.handles("banks.payment.paid")
def payment_paid(*, message_id: int, at: datetime, payment_id: int) -> None:
    """A lender has paid: where it was a surplus going back, book it."""
    refunds.record_refund(payment_id=payment_id, at=at)


@outbox.handles("servicing.export.due")
def export_due(*, message_id: int, at: datetime, job_id: int) -> None:
    """Make the next slice of an export."""
    exports.work_on(job_id=job_id, at=at)
