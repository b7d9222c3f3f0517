"""Everything that is the same everywhere. What differs is read from the
environment, here, by name, once; a missing secret stops the start."""

from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
RUN_DIR = Path(env.str("SCF_RUN_DIR", default=str(BASE_DIR / ".run")))

SECRET_KEY = env.str("SCF_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list("SCF_ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("SCF_CSRF_TRUSTED_ORIGINS", default=[])

ROOT_URLCONF = "scf.urls"
WSGI_APPLICATION = "scf.wsgi.application"
AUTH_USER_MODEL = "parties.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Two roles: the application's own may not alter tables nor touch audit rows,
# posted legs or loan events; the owner migrates (manage.py names it for those
# commands). Where only DATABASE_URL is given, both are the same role.
_app_url = env.db_url("DATABASE_URL", default="postgres:///scf")
DATABASE_APP_ROLE = env.str("SCF_DB_APP_ROLE", default=_app_url["USER"] or "scf_app")
DATABASE_APP_PASSWORD = _app_url["PASSWORD"]
DATABASE_AS_OWNER = env.bool("SCF_DB_AS_OWNER", default=False)
_database_url = "DATABASE_OWNER_URL" if DATABASE_AS_OWNER else "DATABASE_URL"
DATABASES = {
    "default": {
        **env.db_url(_database_url, default=env.str("DATABASE_URL", default="postgres:///scf")),
        "ATOMIC_REQUESTS": False,  # services own their transactions
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}

INSTALLED_APPS = [
    # ours, lowest layer first
    "scf.kernel",
    "scf.parties",
    "scf.ledger",
    "scf.documents",
    "scf.notifications",
    "scf.orders",
    "scf.collateral",
    "scf.banks",
    "scf.servicing",
    "scf.financing",
    "scf.desks",
    # libraries
    "viewflow",
    "viewflow.workflow",
    "django_fsm",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "csp",
    # Django
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "scf.parties.middleware.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "scf.parties.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "scf.parties.context.shell",
            ],
            "builtins": ["scf.kernel.templatetags.figures", "scf.desks.templatetags.words"],
        },
    }
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "scf.parties.backends.ActingBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "parties:login"
LOGIN_REDIRECT_URL = "desks:home"
LOGOUT_REDIRECT_URL = "parties:login"

AXES_VERBOSE = False  # no banner above every command
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "parties/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ, TIME_ZONE = True, "Asia/Shanghai"  # the zone of business; instants are stored as UTC
FORMAT_MODULE_PATH = ["scf.settings.formats"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

# Files as large as this are streamed to disk; documents above the upload limit are refused by name.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 50
UPLOAD_BYTES_MAX = env.int("SCF_UPLOAD_BYTES_MAX", default=20 * 1024 * 1024)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "object-src": ["'self'"],
        "frame-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_APP = "scf.celery.app"
OUTBOX_NUDGES = True  # the worker is told of a promise at once; without, it looks every second
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "deliver-outbox": {"task": "scf.kernel.tasks.deliver_outbox", "schedule": 1.0, "options": {"expires": 5}},
    "collect-bank-messages": {"task": "scf.banks.tasks.collect", "schedule": 2.0, "options": {"expires": 5}},
    "ask-about-payments": {"task": "scf.banks.tasks.ask", "schedule": 10.0, "options": {"expires": 10}},
    "expire-offers": {"task": "scf.financing.tasks.expire", "schedule": 60.0, "options": {"expires": 60}},
    # Asked often, does it once an hour: a demo's clock can be moved, and a worker may have been away.
    "pull-prices": {"task": "scf.collateral.tasks.pull_prices", "schedule": 60.0, "options": {"expires": 60}},
    # Asked often and mostly answered at once: it finds the day that has ended, missed ones, and what a kill left.
    "close-of-business": {
        "task": "scf.servicing.tasks.close_of_business",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
}

EMAIL_BACKEND = env.str("SCF_EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = env.str("SCF_EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("SCF_EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("SCF_EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.str("SCF_EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("SCF_EMAIL_TLS", default=False)
# Where people reach the product; mails carry links below it.
PUBLIC_URL = env.str("SCF_PUBLIC_URL", default="http://localhost:8000")
DEFAULT_FROM_EMAIL = env.str("SCF_EMAIL_FROM", default="no-reply@scf.invalid")

# A demo may move its business clock; a production system must not.
DEMO = False
# Tests and the fraud museum alone may do without a control; no environment variable says so in production.
CONTROLS_MAY_BE_SWITCHED_OFF = False
# After how many seconds of silence a bank is asked what became of an instruction.
BANK_ASK_AFTER_SECONDS = env.int("SCF_BANK_ASK_AFTER_SECONDS", default=60)
SANDBOX_BANK_SECRET = env.str("SCF_SANDBOX_BANK_SECRET", default="")
REGISTER_URL = env.str("SCF_REGISTER_URL", default="")
REGISTER_MEMBER = env.str("SCF_REGISTER_MEMBER", default="platform")
REGISTER_SECRET = env.str("SCF_REGISTER_SECRET", default="")
# Who keeps the keys of sealed quotes until their deadline, on somebody else's machine. Empty: no sealed quotes.
KEEPER_URL = env.str("SCF_KEEPER_URL", default="")
KEEPER_MEMBER = env.str("SCF_KEEPER_MEMBER", default="platform")
KEEPER_SECRET = env.str("SCF_KEEPER_SECRET", default="")
# Locks a maker's proposal between its entry and its checker's seal; lives with the processes, never in the database.
QUOTE_DRAFT_KEY = env.str("SCF_QUOTE_DRAFT_KEY", default=SECRET_KEY)
# A feed of market prices: the address of its prices, the secret shared with it, its name for people. Empty: no feed.
PRICE_FEED_URL = env.str("SCF_PRICE_FEED_URL", default="")
PRICE_FEED_SECRET = env.str("SCF_PRICE_FEED_SECRET", default="")
PRICE_FEED_NAME = env.str("SCF_PRICE_FEED_NAME", default="")
FINGERPRINT_KEY = env.str("SCF_FINGERPRINT_KEY", default=SECRET_KEY)
MEDIA_ROOT = env.str("SCF_FILES_DIR", default=str(RUN_DIR / "files"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
