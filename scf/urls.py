"""All addresses of the product."""

from django.contrib import admin
from django.urls import include, path

from scf.kernel.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("scf.desks.urls")),
    path("", include("scf.parties.urls")),
    path("messages/", include("scf.notifications.urls")),
    path("documents/", include("scf.orders.urls")),
    path("financing/", include("scf.financing.urls")),
    path("banks/", include("scf.banks.urls")),
    path("collateral/", include("scf.collateral.urls")),
    path("servicing/", include("scf.servicing.urls")),
    path("admin/", admin.site.urls),
]
