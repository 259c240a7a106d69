"""Settings of one jurisdiction's processes. What differs between installations comes from ``environment``."""

from __future__ import annotations

import os
from datetime import timedelta

from bihuan.config import environment, profile

ENVIRONMENT = environment.read(os.environ)
DATA, FILES = ENVIRONMENT.data, ENVIRONMENT.files
KEYS, ANCHORS = ENVIRONMENT.keys, ENVIRONMENT.anchors
PROFILE = ENVIRONMENT.profile
MAKE_SECRET = environment.make_secret  # the command line may not import this floor
CLOCK_BEHIND = float(os.environ.get("BIHUAN_CLOCK_BEHIND") or 0) if ENVIRONMENT.development else 0.0

SECRET_KEY = ENVIRONMENT.secret
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)
ROOT_URLCONF = "bihuan.config.urls"
WSGI_APPLICATION = "bihuan.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its middleware would turn a lock-out into a page of its own; ours says it

ROOMS = (
    "ledger", "vault", "rulebook", "places", "people", "access", "notify", "files", "cases", "intake", "dispatch", "boundaries",
    "supervision", "web", "desk", "portal",
)  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    *(f"bihuan.{room}" for room in ROOMS),
    "bihuan.config.wiring.Wiring",
    "django_htmx",
    "bihuan.config.mail_addresses.UnusedTables",
    "allauth.mfa",
    "axes",
]
AUTH_USER_MODEL = "people.Account"
MIDDLEWARE = [
    "bihuan.web.csp.SafeHeaders",  # outermost: errors and static files carry the headers too
    "bihuan.web.bodies.OneEncoding",
    "bihuan.config.proxies.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bihuan.access.middleware.SignedIn",
    "django.middleware.common.CommonMiddleware",
    "bihuan.web.bodies.BoundedBodies",  # before the check of form tokens reads a body
    "django.middleware.csrf.CsrfViewMiddleware",
    "bihuan.web.language.LanguageOfPerson",
    "django_htmx.middleware.HtmxMiddleware",
    "bihuan.web.errors.ErrorsInWords",  # innermost: what a view could not do is said in words
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "bihuan.web.context.page"],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

DATABASES = {"default": ENVIRONMENT.database}
CACHES = {
    "default": {
        "BACKEND": "bihuan.config.cache.SqliteCache",
        "LOCATION": str(DATA / "cache.sqlite3"),
        "TIMEOUT": 3600,
    }
}

# Language and time: instants are stored in UTC, the zone of office hours comes from the pack's calendar.
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]

STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # nothing is uploaded to disk by Django itself
    "staticfiles": {"BACKEND": "bihuan.config.static.StampedFiles"},
}
WHITENOISE_USE_FINDERS = True  # served out of the installed package: nothing to collect
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 24 * 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Sign-in
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "bihuan.access.backends.FourNames"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in (
        ("django.contrib.auth.password_validation.UserAttributeSimilarityValidator", {}),
        ("bihuan.people.passwords.LongEnough", {"min_length": 10}),
        ("django.contrib.auth.password_validation.CommonPasswordValidator", {}),
        ("django.contrib.auth.password_validation.NumericPasswordValidator", {}),
    )
]
AUTH_PASSWORD_VALIDATORS += profile.validators(PROFILE)
BIHUAN_ACCESS = profile.access(PROFILE)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "bihuan.access.factor.SealedSecrets"
MFA_TOTP_ISSUER = "Bihuan"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off; each time step is accepted once
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # either alone would lock a whole office, or one account for all
AXES_USERNAME_CALLABLE = "bihuan.access.lockout.lock_key"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # sign-ins are entries of the ledger
AXES_VERBOSE = False
PASSWORD_RESET_TIMEOUT = 3600

# Browsers
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = (f"__Host-{name}" if ENVIRONMENT.https else name for name in ("bihuan", "csrftoken"))
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "bihuan.web.errors.refused_csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = ENVIRONMENT.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if ENVIRONMENT.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENVIRONMENT.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.proxies else None
TRUSTED_PROXIES = ENVIRONMENT.proxies
METRICS_TOKEN = ENVIRONMENT.metrics
KEEP_YEARS = ENVIRONMENT.keep_years
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # those over the limit of an act are let go by, and said so
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]  # a table of messages never lies on disk
FILE_UPLOAD_MAX_MEMORY_SIZE = 24 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "bihuan.config.logs.Discreet", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "bihuan.config.logs.Structured"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json" if ENVIRONMENT.json_logs else "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("BIHUAN_LOG", "WARNING")},
}
