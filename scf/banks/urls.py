"""Addresses of lenders' own matters."""

from django.urls import path

from .views import appetites, licences

app_name = "banks"
urlpatterns = [
    path("appetites/", appetites.AppetiteList.as_view(), name="appetite-list"),
    path("appetites/new/", appetites.AppetiteNew.as_view(), name="appetite-new"),
    path("appetites/<int:pk>/", appetites.AppetitePage.as_view(), name="appetite"),
    path("licences/", licences.LicenceList.as_view(), name="licence-list"),
    path("licences/enter/", licences.LicenceEnter.as_view(), name="licence-enter"),
    path("licences/<int:pk>/decide/", licences.LicenceDecide.as_view(), name="licence-decide"),
]
