"""Rows of the ledger app, to look at: states and money are read-only here."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Account, Book, Leg, Transaction

for model in (Account, Book, Leg, Transaction):
    admin.site.register(model, ReadOnlyAdmin)
