"""Rows of the servicing app, to look at: states and money are read-only here."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import ClosedDay, ExportDocument, ExportJob, IncomingPayment, Loan, LoanEvent

for model in (ClosedDay, ExportDocument, ExportJob, IncomingPayment, Loan, LoanEvent):
    admin.site.register(model, ReadOnlyAdmin)
