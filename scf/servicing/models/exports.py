"""Files that were asked for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportJob(models.Model):
    """Statements asked for: made in the background, kept with their result.

    kind   LOAN: one PDF a loan with a movement or balance in the month; SUPPLIER: one PDF a supplier; ALL: both
    as_of  last day of the statements: the month's last, or the day of the request in a running month
    done, total   progress in documents; total 0 while it is being counted
    """

    class Kind(models.TextChoices):
        LOAN = "LOAN", _("Loan statements")
        SUPPLIER = "SUPPLIER", _("Supplier account statements")
        ALL = "ALL", _("All statements")

    owner = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    requested_by = models.ForeignKey("parties.Membership", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField(help_text="first day of the month")
    as_of = models.DateField()
    language = models.CharField(max_length=10)
    requested_at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} {self.month:%Y-%m}"

    @property
    def is_finished(self) -> bool:
        """True once the ZIP can be downloaded, or there was nothing to put into one."""
        return self.finished_at is not None


class ExportDocument(models.Model):
    """One finished document of a job: a killed worker's successor goes on behind it.

    name  its path inside the ZIP
    """

    job = models.ForeignKey(ExportJob, models.PROTECT, related_name="documents")
    name = models.CharField(max_length=120)
    file = models.ForeignKey("documents.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="export_document_once")]

    def __str__(self) -> str:
        return self.name
