"""Settings of m-SKP · SIMPEG. One file; everything that differs between places comes from the environment.

DATABASE_URL, BROKER_URL   external servers; unset: the bundled ones (backend.platform.embedded)
SECRET_KEY, ALLOWED_HOSTS  required when DEBUG is off
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import SELF

from backend.platform import embedded

BASE_DIR = Path(__file__).resolve().parents[2]
VERSION = "0.1.0"


def env_bool(name: str, default: bool = False) -> bool:
    """`1`, `true`, `yes`, `on` are true; unset is the default."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str) -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


# --- Safety -----------------------------------------------------------------------------------------------------
DEBUG = env_bool("DEBUG")
PRODUCTION = env_bool("PRODUCTION")


def _secret_key() -> str:
    """SECRET_KEY, or (outside production) one generated once and kept beside the data."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    if PRODUCTION:
        raise embedded.EmbeddedServerError("SECRET_KEY wajib diisi pada PRODUCTION=1.")
    try:
        path = embedded.data_dir() / "secret_key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()
    except (OSError, embedded.EmbeddedServerError):  # a read-only checkout still evaluates rules
        return secrets.token_urlsafe(50)


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or ([] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600  # absolute; the idle limit is a middleware of accounts
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "backend.web.galat.csrf_gagal"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}

# --- Application ------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "backend.platform",
    "backend.rules",
    "backend.workflow",
    "backend.documents",
    "backend.accounts",
    "backend.kepegawaian",
    "backend.presensi",
    "backend.kinerja",
    "backend.tpp",
    "backend.web",
    "backend.api",
    "backend.operations",
    "backend.config",
]
if env_bool("RULES_ONLY"):  # set by manage.py for commands that evaluate rules: no database, and a quick start
    INSTALLED_APPS = ["backend.rules"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pages for phones at 400 kbit/s; Django pads them against BREACH
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "backend.accounts.middleware.SessionPolicy",
    "backend.web.middleware.Halaman",
]
ROOT_URLCONF = "backend.config.urls"
WSGI_APPLICATION = "backend.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "backend" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backend.web.context.shell",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTANSI = os.environ.get("INSTANSI", "Pemerintah Kota Contoh")

# --- Database ---------------------------------------------------------------------------------------------------


def _database() -> dict[str, object]:
    url = os.environ.get("DATABASE_URL")
    name = os.environ.get("DB_NAME", "mskp")
    shared: dict[str, object] = {
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": f"test_{name}{'_' + suffix if (suffix := os.environ.get('TEST_SUFFIX')) else ''}"},
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": int(os.environ.get("DB_POOL", "16"))} if POOLED else False,
            "server_side_binding": PREPARED,
            "prepare_threshold": 5 if PREPARED else None,
        },
    }
    if not url:
        return {"ENGINE": "backend.platform.database", "NAME": name, **shared}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        **shared,
    }


POOLED = env_bool("DB_POOLED")  # set by the web server only; commands and workers hold one connection
# A page's wide joins cost PostgreSQL more to plan than to run. The statements of commands and workers are run seldom and
# over very different numbers of rows: each is planned for its own.
PREPARED = env_bool("DB_PREPARED", default=POOLED)
DATABASES = {"default": _database()}

# --- Queue ------------------------------------------------------------------------------------------------------
BROKER_URL = os.environ.get("BROKER_URL", "")  # empty: the bundled Valkey, resolved in backend.config.celery
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
}
CELERY_TASK_PUBLISH_RETRY = False  # a lost wake-up costs nothing: beat wakes the workers again
CELERY_TIMEZONE = "Asia/Jakarta"

# --- Accounts ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "beranda"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "backend.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail invites a stranger to sign up
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Guesses are limited by account first: a whole office signs in through one address at eight o'clock.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "5/15m/key,60/15m/ip"}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"

# --- Mail, files, language, time --------------------------------------------------------------------------------
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_FILE_PATH = BASE_DIR / ".data" / "surel"  # of the file backend, which `make up` uses
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "m-SKP SIMPEG <tidak-dibalas@contoh.go.id>")
SITE_URL = os.environ.get("SITE_URL", f"http://localhost:{os.environ.get('PORT', '8000')}")
BERKAS_DIR = Path(os.environ.get("BERKAS_DIR", BASE_DIR / ".data" / "berkas"))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
LANGUAGE_CODE = "id"
USE_I18N = True
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

# --- Static files -----------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / ".data" / "static"))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about a directory that is not there yet
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

# --- API --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backend.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backend.api.parsing.BoundedJSONParser"],
    "EXCEPTION_HANDLER": "backend.api.errors.problem_response",
    "DEFAULT_PAGINATION_CLASS": "backend.api.paging.Cursor",
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "m-SKP · SIMPEG",
    "DESCRIPTION": "Antarmuka terprogram kinerja dan kepegawaian. Galat memakai RFC 9457 (application/problem+json).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {"StatusLangkahEnum": "backend.kinerja.enums.StatusLangkah.choices"},
}

# --- Logs: no personal data, libraries quiet ----------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
    "loggers": {"spiff": {"level": "WARNING"}, "backend": {"level": "INFO"}},
}
