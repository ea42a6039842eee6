"""Settings, from the environment alone. `docs/operations.md` lists every variable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
import pghistory
import pgtrigger
from redis.backoff import NoBackoff
from redis.retry import Retry

from academy import configuration
from academy.admin.look import UNFOLD as ADMIN_LOOK
from academy.rooms import APPS
from academy.settings_checks import insecure_settings
from academy.start import static_root
from database import databases, local_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
configuration.refuse_wrong()

DEBUG = env.bool("DEBUG", default=False)
# The code that is there for speed alone: docs/performance.md.
OPTIMISATIONS = env.bool("ACADEMY_OPTIMISATIONS", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret(env)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Below a path of the host, as "/academy"; empty at its top. `academy.wsgi` takes it off what the server hands on.
SCRIPT_NAME = env.str("SCRIPT_NAME", default="").rstrip("/")
FORCE_SCRIPT_NAME = SCRIPT_NAME or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{SCRIPT_NAME}/"

# Behind a proxy that speaks TLS. Which requests came over it the server says (gunicorn), who believes the
# X-Forwarded-Proto of FORWARDED_ALLOW_IPS alone; SECURE_PROXY_SSL_HEADER would believe everybody's.
HTTPS = env.bool("HTTPS", default=False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    # A name that browsers take from this very host alone, over TLS: no neighbour under the domain can plant one. It
    # stands for the whole host; below a path, where others share the host, the cookies are for the path alone.
    prefix = "__Secure-" if SCRIPT_NAME else "__Host-"
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{prefix}sessionid", f"{prefix}csrftoken"
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=False)
    SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
# Two bind hosts that may not be ours: whoever owns the domain switches them on. The third misses guardian's backend:
# ours asks guardian itself, of members of the program alone.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "guardian.W001"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
USE_X_FORWARDED_HOST = USE_X_FORWARDED_PORT = False

# How long a super admin looks across all programs, or as another user, before giving a reason again.
ALL_PROGRAMS_HOURS = env.float("ALL_PROGRAMS_HOURS", default=4)
VIEW_AS_MINUTES = env.float("VIEW_AS_MINUTES", default=15)

INSTALLED_APPS = [
    "academy.apps.AcademyConfig",
    "academy.apps.CrudConfig",
    # Before ours, whose admin decides which of their rows are shown there.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    *APPS,
    # The look of the admin; without its default site, which would take the place of ours.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "academy.apps.AcademyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "academy.apps.AcademyStaticFilesConfig",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_filters",
    "django_htmx",
    "guardian",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "web.logs.LogMiddleware",
    "web.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # A page is five times smaller on the wire. Its secrets are safe: tokens are masked anew in each answer, the
    # length is padded at random, and no other site's request carries the session (SameSite).
    "django.middleware.gzip.GZipMiddleware",
    "web.csp.CSPMiddleware",
    "web.requests.RequestMiddleware",
    "web.line_ends.LineEndsMiddleware",
    "web.form_answers.FormAnswerMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "programs.middleware.SignedInUserMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "staff.view_as.ViewAsMiddleware",
    "programs.middleware.ProgramMiddleware",
]

# The largest form, a lesson with its text, stays far below this. A change of as many rows as can be chosen
# (crud.bulk.MAX_IDS) sends a field for each of them.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000

ROOT_URLCONF = "academy.urls"
WSGI_APPLICATION = "academy.wsgi.application"
LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("web.templates.CompactLoader" if DEBUG else "web.templates.Loader", LOADERS)],
            "builtins": ["programs.templatetags.program_forms"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "programs.context_processors.program",
                "academy.navigation.navigation",
            ],
        },
    }
]

UNFOLD = ADMIN_LOOK

DATABASES = databases(env)
if not DEBUG:  # again, with the key that was made
    configuration.refuse(
        insecure_settings(secret_key=SECRET_KEY, allowed_hosts=ALLOWED_HOSTS, databases=DATABASES)
    )
# What the migrations make, which the database is compared with at the start (`manage.py write_catalogue`).
CATALOGUE = BASE_DIR / "programs" / "catalogue.txt"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What is said about a write stays in its program.
MESSAGE_STORAGE = "programs.messages.ProgramMessages"
CSRF_FAILURE_VIEW = "programs.error_pages.form_out_of_date"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["programs.backends.ProgramBackend"]
# Guardian answers for single rows through our backend, from tables of ours (courses.CourseGrant). Nobody is
# anonymous here, users have no groups, and its own tables stay empty: programs/isolation_checks.py lets no one write there.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# How long a session lives: without a click, and at all. The server counts; the cookie only follows.
SESSION_ENGINE = "accounts.sessions"
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=8 * 60)
SESSION_MAX_HOURS = env.int("SESSION_MAX_HOURS", default=7 * 24)
SESSION_COOKIE_AGE = SESSION_MAX_HOURS * 60 * 60

# What every worker must know alike: the failures that are counted, the codes that were used. Not for pages: the
# transaction of a GET can't write.
REDIS_URL = env.str("REDIS_URL", default="")
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # One that does not answer is told at once, and not tried again for half a minute.
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2, "retry": Retry(NoBackoff(), 1)},
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}

EMAIL_URL = env.str("EMAIL_URL", default="consolemail://")
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Academy <academy@localhost>")

# Whose forwarding headers are believed; gunicorn reads the same variable.
FORWARDED_ALLOW_IPS = env.list("FORWARDED_ALLOW_IPS", default=["127.0.0.1", "::1"]) if HTTPS else []

# django-allauth. Nobody signs up: users are made, and sign in.
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_USER_DISPLAY = str
ACCOUNT_FORMS = {
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "user_token": "accounts.forms.ResetLinkForm",
}
# Passwords and codes count their failures in `accounts.limits`; these are the other steps.
ACCOUNT_RATE_LIMITS = {
    "login": "",
    "login_failed": "",
    "reauthenticate": "",
    # Of an address many: a whole school may be behind it.
    "reset_password": "200/5m/ip,5/5m/key",
    "reset_password_from_key": "200/5m/ip",
}
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
    "login_webauthn": "accounts.forms.PasskeySignInForm",
    "authenticate_webauthn": "accounts.forms.PasskeyCodeForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {"webauthn_login": "500/5m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Academy"
MFA_TOTP_TOLERANCE = 1

# OpenID Connect: off until its server is named. It signs in users who are there, by their verified address.
SOCIALACCOUNT_ADAPTER = "accounts.adapters.OpenIDAdapter"
# By a link: the Content-Security-Policy lets no form lead to another site. The state guards the way back.
SOCIALACCOUNT_LOGIN_ON_GET = True
OIDC_NAME = env.str("OIDC_NAME", default="OpenID Connect")
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID", default=""),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_SERVER_URL
        else [],
    }
}

# One context for each history row, on the row itself: a shared table would have no program.
PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
# The indexes of history tables are written out where they are declared.
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="history", db_index=False)
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_CREATED_AT_FUNCTION = "CLOCK_TIMESTAMP()"

# The texts of the source are English. Another language: a line here, a folder in locale/, `scripts/translations.py`.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["academy.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = f"{SCRIPT_NAME}/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = static_root(env)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Pages ask for files by the name that changes with what is in them, so only these are kept, and compressed.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "web.logs.LogFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO").upper()},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
