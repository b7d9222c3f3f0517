"""Addresses of trade documents."""

from django.urls import path

from .views import acts, documents, entry, mappings, uploads

app_name = "orders"
urlpatterns = [
    path("", documents.DocumentList.as_view(), name="document-list"),
    path("<int:pk>/", documents.DocumentPage.as_view(), name="document-detail"),
    path("<int:pk>/file/", documents.DocumentFile.as_view(), name="document-file"),
    path("<int:pk>/speak/", acts.Speak.as_view(), name="document-speak"),
    path("<int:pk>/link/", acts.LinkParty.as_view(), name="document-link"),
    path("upload/", uploads.UploadPage.as_view(), name="upload"),
    path("uploads/<int:pk>/", uploads.BatchPage.as_view(), name="batch-detail"),
    path("templates/<slug:kind>-<slug:language>.<slug:form>", uploads.Template.as_view(), name="template"),
    path("new/<slug:kind>/", entry.NewDocument.as_view(), name="document-new"),
    path("columns/", mappings.MappingList.as_view(), name="mapping-list"),
    path("columns/save/", mappings.MappingSave.as_view(), name="mapping-save"),
    path("columns/<int:pk>/delete/", mappings.MappingDelete.as_view(), name="mapping-delete"),
]
