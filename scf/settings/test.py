"""The tests: real engines, a cheap password hash, mail in memory."""

import os

os.environ.setdefault("SCF_SECRET_KEY", "tests-only-not-a-secret-tests-only-not-a-secret-012345")

from .base import *  # noqa: F403

DEMO = True
OUTBOX_NUDGES = False
CONTROLS_MAY_BE_SWITCHED_OFF = True
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
