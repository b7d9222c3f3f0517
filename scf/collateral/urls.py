"""Addresses of the collateral."""

from django.urls import path

from .views import caps, matches, prices, registers

app_name = "collateral"
urlpatterns = [
    path("matches/", matches.MatchList.as_view(), name="match-list"),
    path("matches/<int:pk>/", matches.MatchPage.as_view(), name="match"),
    path("registers/", registers.RegisterList.as_view(), name="register-list"),
    path("prices/", prices.PriceList.as_view(), name="price-list"),
    path("prices/enter/", prices.Enter.as_view(), name="price-enter"),
    path("prices/decide/", prices.Decide.as_view(), name="price-decide"),
    path("caps/", caps.CapList.as_view(), name="cap-list"),
    path("caps/enter/", caps.Enter.as_view(), name="cap-enter"),
    path("caps/decide/", caps.Decide.as_view(), name="cap-decide"),
]
