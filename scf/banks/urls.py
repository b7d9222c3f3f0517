"""Addresses of lenders' own matters."""

from django.urls import path

from .views import appetites, authority, files, investigations, licences, programmes, pushed

app_name = "banks"
urlpatterns = [
    path("appetites/", appetites.AppetiteList.as_view(), name="appetite-list"),
    path("appetites/new/", appetites.AppetiteNew.as_view(), name="appetite-new"),
    path("appetites/<int:pk>/", appetites.AppetitePage.as_view(), name="appetite"),
    path("authority/", authority.AuthorityPage.as_view(), name="authority"),
    path("authority/new/", authority.AuthorityNew.as_view(), name="authority-new"),
    path("authority/<int:pk>/", authority.AuthorityVersion.as_view(), name="authority-version"),
    path("absences/new/", authority.AbsenceNew.as_view(), name="absence-new"),
    path("absences/<int:pk>/end/", authority.AbsenceEnd.as_view(), name="absence-end"),
    path("investigations/", investigations.InvestigationList.as_view(), name="investigation-list"),
    path("investigations/<int:pk>/close/", investigations.Close.as_view(), name="investigation-close"),
    path("files/", files.FileList.as_view(), name="file-list"),
    path("files/<int:pk>/take/", files.Take.as_view(), name="file-take"),
    path("push/<str:code>/", pushed.Push.as_view(), name="push"),
    path("payments/<str:name>/", investigations.PaymentPage.as_view(), name="payment"),
    path("programmes/", programmes.ProgrammeList.as_view(), name="programme-list"),
    path("programmes/new/", programmes.ProgrammeNew.as_view(), name="programme-new"),
    path("programmes/<int:pk>/", programmes.ProgrammePage.as_view(), name="programme"),
    path("licences/", licences.LicenceList.as_view(), name="licence-list"),
    path("licences/enter/", licences.LicenceEnter.as_view(), name="licence-enter"),
    path("licences/<int:pk>/decide/", licences.LicenceDecide.as_view(), name="licence-decide"),
]
