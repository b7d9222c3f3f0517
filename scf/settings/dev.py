"""The demo and a developer's machine: embedded engines, a movable clock, mail into files."""

import os

os.environ.setdefault("SCF_SECRET_KEY", "demo-only-not-a-secret-demo-only-not-a-secret-0123456789")

from .base import *  # noqa: F403
from .base import RUN_DIR, env

DEMO = True
CONTROLS_MAY_BE_SWITCHED_OFF = True
DEBUG = env.bool("SCF_DEBUG", default=False)
ALLOWED_HOSTS = env.list("SCF_ALLOWED_HOSTS", default=["*"])
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(RUN_DIR / "mail")
WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["scf.parties.hashers.DemoHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
