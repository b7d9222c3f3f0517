"""Addresses of the collateral."""

from django.urls import path

from .views import caps, prices

app_name = "collateral"
urlpatterns = [
    path("prices/", prices.PriceList.as_view(), name="price-list"),
    path("prices/enter/", prices.Enter.as_view(), name="price-enter"),
    path("prices/decide/", prices.Decide.as_view(), name="price-decide"),
    path("caps/", caps.CapList.as_view(), name="cap-list"),
    path("caps/enter/", caps.Enter.as_view(), name="cap-enter"),
    path("caps/decide/", caps.Decide.as_view(), name="cap-decide"),
]
