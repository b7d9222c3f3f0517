"""Addresses of lenders' own matters."""

from django.urls import path

from .views import appetites, investigations, licences

app_name = "banks"
urlpatterns = [
    path("appetites/", appetites.AppetiteList.as_view(), name="appetite-list"),
    path("appetites/new/", appetites.AppetiteNew.as_view(), name="appetite-new"),
    path("appetites/<int:pk>/", appetites.AppetitePage.as_view(), name="appetite"),
    path("investigations/", investigations.InvestigationList.as_view(), name="investigation-list"),
    path("investigations/<int:pk>/close/", investigations.Close.as_view(), name="investigation-close"),
    path("payments/<str:name>/", investigations.PaymentPage.as_view(), name="payment"),
    path("licences/", licences.LicenceList.as_view(), name="licence-list"),
    path("licences/enter/", licences.LicenceEnter.as_view(), name="licence-enter"),
    path("licences/<int:pk>/decide/", licences.LicenceDecide.as_view(), name="licence-decide"),
]
