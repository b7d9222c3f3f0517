"""Files kept for ever under their hash."""

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """The bytes of a file as they came, with their SHA-256.

    owner  the organisation that brought it, or for whom it was made; null for the platform's own
    """

    owner = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    content = models.FileField(upload_to="by-hash", max_length=200)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
