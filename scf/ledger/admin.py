"""Rows of the ledger app, to look at: states and money are read-only here."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Account, Leg, Transaction

for model in (Account, Leg, Transaction):
    admin.site.register(model, ReadOnlyAdmin)
