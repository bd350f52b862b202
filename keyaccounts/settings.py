"""Settings, each from the environment with a default that works on one machine.

``docs/operations.md`` lists them; wrong values are refused at the start, with a hint, by the system checks in
``keyaccounts.common.checks``, which the web server, the worker and the scheduler run too.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from .common.environment import Environment
from .schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
env = Environment(os.environ)
# What cannot be used, for the checks: the list grows while the settings below are read.
ENVIRONMENT_PROBLEMS = env.problems

# Everything the running program writes: database, uploads, font cache, broker files.
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")

DEBUG = env.yes("DEBUG")
# Only a machine-local default: a check refuses it once ALLOWED_HOSTS names a public host.
INSECURE_SECRET_KEY = "insecure-local-key-change-me-before-anyone-else-can-reach-this"  # noqa: S105
SECRET_KEY = env.text("SECRET_KEY", INSECURE_SECRET_KEY)
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
ALLOWED_HOSTS = env.texts("ALLOWED_HOSTS", LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.texts("CSRF_TRUSTED_ORIGINS", [])
BEHIND_HTTPS = env.yes("BEHIND_HTTPS")

INSTALLED_APPS = [
    "keyaccounts.common",
    "keyaccounts.vocabulary",
    "keyaccounts.audit",
    "keyaccounts.notices",
    "keyaccounts.people",
    "keyaccounts.approvals",
    "keyaccounts.exports",
    "keyaccounts.imports",
    "keyaccounts.campaigns",
    "budget",
    "materials",
    "accounts",
    "visits",
    "keyaccounts.dashboard",
    "keyaccounts.demo",
    "keyaccounts.bench",
    "keyaccounts.audit.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "csp",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "keyaccounts.common.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "keyaccounts.people.middleware.IdleExpiryMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "keyaccounts.people.middleware.OwnPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "keyaccounts.common.middleware.SignInAgainMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "keyaccounts.urls"
WSGI_APPLICATION = "keyaccounts.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "keyaccounts.dashboard.context.frame",
            ],
            "builtins": [
                "keyaccounts.common.templatetags.show",
                "keyaccounts.vocabulary.templatetags.terms",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database -----------------------------------------------------------------------------
DATABASE_URL = env.url(
    "DATABASE_URL",
    f"sqlite:///{VAR_DIR / 'keyaccounts.sqlite3'}",
    schemes={
        "postgresql": "postgresql://user:password@host:5432/name",
        "postgres": "postgresql://user:password@host:5432/name",
        "sqlite": "sqlite:////folder/file.sqlite3",
    },
)
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "keyaccounts.common.sqlite3"  # writers in a queue
    # IMMEDIATE: take the write lock when a transaction begins, or writers fail instead of waiting.
    # recursive_triggers: without it REPLACE walks past the triggers that guard append-only tables.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            "PRAGMA recursive_triggers=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.whole("DB_CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Tests that race processes, or start a worker, need a test database that others can open: a file.
if TEST_DATABASE := env.text("TEST_DATABASE"):
    DATABASES["default"]["TEST"] = {"NAME": TEST_DATABASE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, broker, jobs ------------------------------------------------------------------
# script/run starts a private Redis or Valkey and sets REDIS_URL for its children.
REDIS_URL = env.url(
    "REDIS_URL",
    "",
    schemes={
        "redis": "redis://host:6379/0",
        "rediss": "rediss://host:6379/0",
        "unix": "unix:///run/redis.sock",
    },
)
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "ka"}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
TIME_ZONE = env.zone("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest task, or a task under way is given to a second worker.
    "visibility_timeout": env.whole("BROKER_VISIBILITY_TIMEOUT", 45 * 60, least=CELERY_TASK_TIME_LIMIT + 60),
    # The defaults look for lost tasks only about every 100 seconds.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}

# --- People -------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "people:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "people:sign_in"
IDLE_MINUTES = env.whole("IDLE_MINUTES", 120, least=1)
SESSION_COOKIE_AGE = IDLE_MINUTES * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
AXES_FAILURE_LIMIT = env.whole("SIGN_IN_ATTEMPTS", 5, least=1)
AXES_COOLOFF_TIME = env.number("SIGN_IN_COOLOFF_HOURS", 0.25, least=0.01)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "keyaccounts.people.views.locked_out"
AXES_VERBOSE = False

# --- Language -----------------------------------------------------------------------------
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.text("LANGUAGE_CODE", "zh-hans", among=[code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["keyaccounts.formats"]

# --- Files --------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
if VAR_DIR.is_dir():
    STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.folder("MEDIA_ROOT", VAR_DIR / "media")
# Uploads are never served by path: a view checks the row's scope first.
MEDIA_URL = "/media-is-served-by-views/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_MANIFEST_STRICT = True
# The fonts are for paper, which reads them from static/; compressing 14 MB of them would hold up the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "ttf")
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Safety -------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", 3600)

# --- Mail ---------------------------------------------------------------------------------
EMAIL_URL = env.url(
    "EMAIL_URL",
    "consolemail://",
    schemes={
        **dict.fromkeys(("smtp", "smtps", "smtp+tls", "smtp+ssl"), "smtp+tls://user:password@host:587"),
        **dict.fromkeys(("consolemail", "dummymail", "filemail", "memorymail"), "consolemail://"),
    },
)
vars().update(environ.Env.email_url_config(EMAIL_URL))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "keyaccounts@localhost")

# --- What the company is called on paper and screen ---------------------------------------
COMPANY_NAME = env.text("COMPANY_NAME", "山西特色农产品(北京)展示直销中心")
DEMO_PASSWORD = env.text("DEMO_PASSWORD")

# --- Logs ---------------------------------------------------------------------------------
LOG_FORMAT = env.text("LOG_FORMAT", "text", among=("text", "json"))
LOG_LEVEL = env.text("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "keyaccounts.common.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

# --- manage.py serve -------------------------------------------------------------------------
PORT = env.whole("PORT", 8000, least=1, most=65535)
WEB_PROCESSES = env.whole("WEB_PROCESSES", 2, least=1)
WORKER_PROCESSES = env.whole("WORKER_PROCESSES", 2, least=1)
