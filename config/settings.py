"""Settings: one file, read from the environment. Unknown or unsafe values fail loudly.

Two profiles, one code path: without DATABASE_URL and REDIS_URL everything lives in one process
on SQLite; with both, any number of processes share PostgreSQL and Redis.
"""

import os
import secrets
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
YES, NO = ("true", "on", "yes", "y", "1"), ("false", "off", "no", "n", "0", "")


def number(name: str, default: int) -> int:
    """A whole number of the environment, or a refusal that names the variable."""
    text = os.environ.get(name, str(default)).strip()
    if not (text.isascii() and text.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}")
    return int(text)


def flag(name: str, *, default: bool) -> bool:
    """Yes or no; a mistyped `BEHIND_PROXY=ture` must not count as no."""
    text = os.environ.get(name, str(default)).strip().lower()
    if text not in YES + NO:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}")
    return text in YES


# demo: a living sample centre, one-click sign-in · test: the suites · production: a real centre.
MODE = env.str("YANGGUANG_MODE", default="demo")
if MODE not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(f"YANGGUANG_MODE must be demo, test or production, not {MODE!r}")
IS_PRODUCTION = MODE == "production"
DEMO_MODE = MODE == "demo"
TEST_CLOCK = flag("TEST_CLOCK", default=False)
if TEST_CLOCK and IS_PRODUCTION:
    raise ImproperlyConfigured("TEST_CLOCK moves the legal clock and is refused in production")

VAR_DIR = Path(env.str("YANGGUANG_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def local_secret(name: str) -> str:
    """Returns a secret kept in var/, made at first use (demo and test only)."""
    path = VAR_DIR / name
    if not path.exists():
        fresh = path.with_name(f"{name}.{os.getpid()}")
        fresh.write_text(secrets.token_urlsafe(48))
        fresh.chmod(0o600)
        try:
            os.link(fresh, path)  # first writer wins; everybody reads the same secret
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or (
    "" if IS_PRODUCTION else local_secret("secret_key")
)
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY must be set in production")
DEBUG = flag("DEBUG", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[] if IS_PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"],
)
PUBLIC_ORIGIN = env.str("PUBLIC_ORIGIN", default="http://127.0.0.1:8000")
ALLOWED_ORIGINS = env.list("ALLOWED_ORIGINS", default=[])
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS

CENTRE_CODE = env.str("CENTRE_CODE", default="yangguang-demo")
CENTRE_NAME = env.str("CENTRE_NAME", default="阳光市公共资源交易中心")
REGION_CODE = env.str("REGION_CODE", default="510600")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "audit",
    "accounts",
    "law",
    "documents",
    "notices",
    "bidding",
    "approvals",
    "trading",
    "oversight",
    "config",
]

BEHIND_PROXY = flag("BEHIND_PROXY", default=False)
MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    *(["config.middleware.ProxyMiddleware"] if BEHIND_PROXY else []),
    "config.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.JsonErrorMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.DomainErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
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
                "django.template.context_processors.i18n",
                "config.context.page",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# ── Storage ───────────────────────────────────────────────────────────────────────────────────
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
IS_SHARED = bool(DATABASE_URL and REDIS_URL)  # several processes may serve
WEB_PROCESSES = number("WEB_PROCESSES", 1)  # how many serve; `check --deploy` asks
if bool(DATABASE_URL) != bool(REDIS_URL) and MODE != "test":
    raise ImproperlyConfigured("DATABASE_URL and REDIS_URL belong together: set both or neither")


def database() -> dict[str, Any]:
    """Returns the one database's settings for the profile in force."""
    if DATABASE_URL:
        parsed: dict[str, Any] = env.db_url("DATABASE_URL")
        # Pools are set in code: a text value in the URL breaks psycopg.
        parsed["OPTIONS"] = {
            **parsed.get("OPTIONS", {}),
            # A pool that goes on knocking waits longer each time. One that gives up soon is tried
            # again by whoever asks next, so the house is back as soon as its database is.
            "pool": {
                "min_size": 1,
                "max_size": number("DATABASE_POOL", 8),
                "timeout": 10,
                "reconnect_timeout": 2,
            },
            "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000",
        }
        parsed["CONN_MAX_AGE"] = 0
        return parsed
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": env.str("SQLITE_PATH", default=str(VAR_DIR / "yangguang.sqlite3")),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000; PRAGMA mmap_size=134217728;",
        },
        "TEST": {"NAME": env.str("SQLITE_TEST_PATH", default=str(VAR_DIR / "test.sqlite3"))},
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30}]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
DOCUMENT_ROOT = Path(env.str("DOCUMENT_ROOT", default=str(VAR_DIR / "documents")))
KEY_ROOT = Path(env.str("KEY_ROOT", default=str(VAR_DIR / "keys")))

# ── Slow work ─────────────────────────────────────────────────────────────────────────────────
# Celery names a unix socket in its own way.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://") or "memory://"
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Who hands work over must not hang on a broker that is gone: the relay tries again by itself.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 1,
    "interval_start": 0,
    "socket_connect_timeout": 3,
    "socket_timeout": 30,
}

# ── People ────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if MODE in {"test", "demo"}:
    # A test makes a dozen people, the demo eighteen, all with the one password that its front page
    # prints: a slow hash would protect nothing and be most of the start.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/my/"
STAFF_REDIRECT_URL = "/staff/"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
# Passwords are counted by axes (accounts/adapter.py). A hall of bidders shares one address; codes
# are counted by person, and only after the right password.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "5/5m/key"}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateCodeForm",
    "activate_totp": "accounts.forms.ActivateTotpForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.EditPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
REQUIRE_SECOND_FACTOR = flag("REQUIRE_SECOND_FACTOR", default=IS_PRODUCTION)
# So long after a sign-in (or its repetition) may the ledger leave the house without asking again.
FRESH_SIGN_IN_SECONDS = number("FRESH_SIGN_IN_SECONDS", 900)
# The plain text behind refused attempts (address, browser) is erased after so many days: logs are
# kept for six months at least (Cybersecurity Law 21 III), the ledger's salted hashes for ever.
ATTEMPT_SOURCES_KEPT_DAYS = number("ATTEMPT_SOURCES_KEPT_DAYS", 190)
# Never the address alone (a hall shares one), never the name alone (a rival could lock one out).
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"

# ── Web safety ────────────────────────────────────────────────────────────────────────────────
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_HSTS_SECONDS = 31536000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.views.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# How long a batch waits for a room's row that another session holds; then that room waits alone.
ROOM_LOCK_WAIT_MS = number("ROOM_LOCK_WAIT_MS", 250)
# A step of the database's clock beyond this pauses the rooms. A quarter of a second is what a
# countdown may be wrong by on a bidder's screen, and far above what disciplined clocks do.
CLOCK_STEP_MS = number("CLOCK_STEP_MS", 250)
# Live sockets of one address in one process (0: no limit). A hall of bidders shares one address.
ROOM_SOCKETS_PER_ADDRESS = number("ROOM_SOCKETS_PER_ADDRESS", 1000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# ── Language, time, static files ──────────────────────────────────────────────────────────────
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DOCUMENT_ROOT

LOGGING = logging_config(level=env.str("LOG_LEVEL", default="INFO"), as_json=IS_PRODUCTION)
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.locmem.EmailBackend")
