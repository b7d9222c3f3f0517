"""Addresses of trade documents."""

from django.urls import path

from .views import acts, confirming, documents, entry, mappings, signers, uploads

app_name = "orders"
urlpatterns = [
    path("", documents.DocumentList.as_view(), name="document-list"),
    path("<int:pk>/", documents.DocumentPage.as_view(), name="document-detail"),
    path("<int:pk>/file/", documents.DocumentFile.as_view(), name="document-file"),
    path("<int:pk>/speak/", confirming.Speak.as_view(), name="document-speak"),
    path("<int:pk>/ask/", confirming.Ask.as_view(), name="document-ask"),
    path("<int:pk>/link/", acts.LinkParty.as_view(), name="document-link"),
    path("confirmations/", confirming.ConfirmationList.as_view(), name="confirmation-list"),
    path("confirm/<str:token>/", confirming.FollowLink.as_view(), name="confirmation-link"),
    path("signers/", signers.SignerList.as_view(), name="signer-list"),
    path("signers/propose/", signers.Propose.as_view(), name="signer-propose"),
    path("signers/<int:pk>/decide/", signers.Decide.as_view(), name="signer-decide"),
    path("signers/<int:pk>/evidence/", signers.Evidence.as_view(), name="signer-evidence"),
    path("upload/", uploads.UploadPage.as_view(), name="upload"),
    path("uploads/<int:pk>/", uploads.BatchPage.as_view(), name="batch-detail"),
    path("templates/<slug:kind>-<slug:language>.<slug:form>", uploads.Template.as_view(), name="template"),
    path("new/<slug:kind>/", entry.NewDocument.as_view(), name="document-new"),
    path("columns/", mappings.MappingList.as_view(), name="mapping-list"),
    path("columns/save/", mappings.MappingSave.as_view(), name="mapping-save"),
    path("columns/<int:pk>/delete/", mappings.MappingDelete.as_view(), name="mapping-delete"),
]
