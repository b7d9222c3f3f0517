"""Rows of the collateral app, to look at: states and money are read-only here."""

from django.contrib import admin

from scf.kernel.admin import ReadOnlyAdmin

from .models import Fingerprint, Hit, Holding, Pledge, PledgeLine, Resemblance

for model in (Holding, Pledge, PledgeLine, Fingerprint, Resemblance, Hit):
    admin.site.register(model, ReadOnlyAdmin)
