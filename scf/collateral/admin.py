"""Rows of the collateral app, to look at: states and money are read-only here."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Holding, Pledge, PledgeLine

for model in (Holding, Pledge, PledgeLine):
    admin.site.register(model, ReadOnlyAdmin)
