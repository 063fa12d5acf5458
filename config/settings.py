"""Every setting of the product. Environments differ by environment variables, all read here."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config import admin_look, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def secret(name: str, *, development: str) -> str:
    """A secret from the environment; only DEBUG=1 may do without."""
    value = env.str(name, default="")
    if value:
        return value
    if not DEBUG:
        raise ImproperlyConfigured(f"{name} must be set when DEBUG is off.")
    return development


# --- Where and how it runs -------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
OVER_HTTPS = PUBLIC_BASE_URL.startswith("https://")
SECRET_KEY = secret("SECRET_KEY", development="only-for-development")
API_KEY_PEPPER = secret("API_KEY_PEPPER", development="only-for-development")
PAYMENT_SECRET = secret("PAYMENT_SECRET", development="only-for-development")
# Comma-separated: still taken from direct sales' payment provider while it changes to the new one.
PAYMENT_SECRETS_RETIRING = [
    retiring.strip()
    for retiring in env.list("PAYMENT_SECRETS_RETIRING", default=[])
    if retiring.strip()  # an empty one would let everybody sign
]
# JSON list of {"kid": 1, "master": "<64 hex>", "state": "active"}; empty: QR answers 500.
QR_KEYS = env.json("QR_KEYS", default=[])
# WeChat fetches /MP_verify_<code>.txt to see that a domain is ours; 16 letters and digits each.
WECHAT_DOMAIN_CODES = env.list("WECHAT_DOMAIN_CODES", default=[])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[environ.urlparse(PUBLIC_BASE_URL).hostname, "127.0.0.1", "localhost", "[::1]"],
)
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.admin_site.GangwayAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework_simplejwt.token_blacklist",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "inventory",
    "resellers",
    "qrcodes",
    "customers",
    "ticketing",
    "ota",
    "direct",
]
MIDDLEWARE = [
    "config.api.middleware.request_id",
    "ota.metrics.requests.count_requests",
    "ota.calls.note_partner_calls",
    "config.api.middleware.content_length",
    "config.api.middleware.body_to_the_end",
    "config.api.middleware.printable_path",
    "django.middleware.security.SecurityMiddleware",
    "config.csp.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.pages_only.Sessions",
    "config.pages_only.Language",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.pages_only.SignedIn",
    "config.pages_only.SecondStep",
    "config.pages_only.Messages",
    "config.staff_sessions.limited",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
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
            ]
        },
    }
]

# --- Database --------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://postgres@localhost/gangway")}
DATABASES["default"].update(
    # One connection per worker thread, kept. It is not asked for its health by a query: the web
    # server looks at the socket alone (config/connections.py). One that breaks while it is used
    # answers 503 and is replaced.
    CONN_MAX_AGE=None,
    DISABLE_SERVER_SIDE_CURSORS=True,
    OPTIONS=DATABASES["default"].get("OPTIONS", {})
    | {
        "options": "-c lock_timeout=2000 -c statement_timeout=5000"
        " -c idle_in_transaction_session_timeout=10000"
        # A prepared statement is planned once: planning it again costs more than running it.
        " -c plan_cache_mode=force_generic_plan -c jit=off",
        "connect_timeout": 3,
        "prepare_threshold": 5,  # Django prepares nothing unless told to
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis -----------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
    "rate_limits": {"BACKEND": "config.rate_limits.OneStepCounter"},
}
RATELIMIT_USE_CACHE = "rate_limits"

# --- Logins of customers ---------------------------------------------------------------------
SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", default=14)),
    "SIGNING_KEY": hashlib.sha256(f"customers' tokens:{SECRET_KEY}".encode()).hexdigest(),
    "USER_ID_CLAIM": "sub",
}
# How many proxies before us add to X-Forwarded-For: a caller's address stands before theirs.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if OVER_HTTPS else 0)
VERIFY_REQUESTS_PER_MINUTE = env.int("VERIFY_REQUESTS_PER_MINUTE", default=1200)  # of an address
ADDRESS_REQUESTS_PER_MINUTE = env.int("ADDRESS_REQUESTS_PER_MINUTE", default=600)
LOGIN_REQUESTS_PER_MINUTE = env.int("LOGIN_REQUESTS_PER_MINUTE", default=100)  # of an address
CUSTOMER_REQUESTS_PER_MINUTE = env.int("CUSTOMER_REQUESTS_PER_MINUTE", default=120)
LOGIN_ATTEMPTS = env.int("LOGIN_ATTEMPTS", default=10)  # with one e-mail address from one address
LOGIN_ATTEMPTS_ANYWHERE = env.int("LOGIN_ATTEMPTS_ANYWHERE", default=100)
LOGIN_LOCK_MINUTES = env.int("LOGIN_LOCK_MINUTES", default=15)

# --- Celery (its timetable stands in config/celery.py) ---------------------------------------
# Celery names a Unix socket otherwise than redis-py does.
CELERY_BROKER_URL = REDIS_URL.replace("unix:", "redis+socket:").replace("?db=", "?virtual_host=")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # a request that wakes a task does not wait for the broker
CELERY_BEAT_SCHEDULER = "config.beat:Timetable"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Else standard error becomes a logger, and a line that ends there is lost.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "Asia/Hong_Kong"

# A partner that hangs keeps threads of the sender busy, and nothing else.
WEBHOOK_QUEUE = "webhooks"
CELERY_TASK_ROUTES = {
    "ota.tasks.send_notices": {"queue": WEBHOOK_QUEUE},
    "ota.tasks.send_mails": {"queue": WEBHOOK_QUEUE},
    "ota.tasks.sender_heartbeat": {"queue": WEBHOOK_QUEUE},
}

# --- E-mail ----------------------------------------------------------------------------------
# smtp+tls://user:password@host:587; without it no mail is written.
vars().update(env.email_url_config(env.str("EMAIL_URL", default="") or "dummymail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "EMAIL_FROM", default=f"gangway@{environ.urlparse(PUBLIC_BASE_URL).hostname}"
)
# Who is told of alerts, comma-separated; nobody gets mail while it is empty.
# How often the web processes look whether beat, worker and Redis live; never, if 0.
ALERT_WATCH_SECONDS = env.float("ALERT_WATCH_SECONDS", default=10)
ALERT_EMAILS = [each.strip() for each in env.list("ALERT_EMAILS", default=[]) if each.strip()]

# --- HTTP ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["config.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.bodies.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.rendering.Negotiation",
    # A view that names nobody lets nobody in.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "config.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gangway",
    "DESCRIPTION": (
        "Hold units, order, pay and receive tickets; or generate tickets first and sell them "
        "one by one.\n\n"
        "Partners send their key in `x-api-key`. Send an `Idempotency-Key` with every POST under "
        "`/api/ota`: a request that is repeated with the same key acts once. Every error is a "
        "problem (RFC 9457) with a stable `code`.\n\n"
        "Guides: [quickstart](/docs/guides/quickstart), "
        "[integration](/docs/guides/INTEGRATION_GUIDE), [prices](/docs/guides/pricing), "
        "[resellers](/docs/guides/resellers), [direct channel](/docs/guides/direct-channel), "
        "[idempotency and retries](/docs/guides/idempotency-and-retries), "
        "[rate limits](/docs/guides/rate-limits), [webhooks](/docs/guides/webhooks), "
        "[error codes](/docs/errors)."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.0.3",
    "SORT_OPERATIONS": False,  # the order of the URL table, which is that of a journey
    "SERVERS": [{"url": PUBLIC_BASE_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # A choice is shown where it stands: names made up for it would change with the next one.
    "POSTPROCESSING_HOOKS": [
        "config.api.schema_marks.without_enum_ids",
        "config.api.schema_marks.with_null_beside_references",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_PATCH": False,  # what PATCH takes is a shape of its own
    "TAGS": [
        {
            "name": "OTA Integration",
            "description": "What a partner calls with its key: stock, orders, batches, tickets.",
        },
        {"name": "QR Codes", "description": "Codes on demand, and the page that shows a ticket."},
        {"name": "Venue", "description": "What devices at a gate call with their scanner key."},
        {"name": "Direct sales", "description": "What customers of our own see, order and pay."},
        {"name": "Customers", "description": "Accounts and logins of customers."},
        {"name": "Payments", "description": "Where payments are reported."},
    ],
}

# --- Logs ------------------------------------------------------------------------------------
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logs.dictionary(env.str("LOG_LEVEL", default="INFO").upper())

# --- Time and language -----------------------------------------------------------------------
TIME_ZONE = "Asia/Hong_Kong"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # what somebody chose stays chosen, through logins too
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]

# --- Static files ----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "var" / "static")
STATICFILES_DIRS = [("docs", BASE_DIR / "docs" / "images")]  # what guides show

# --- Browser safety --------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = OVER_HTTPS
LANGUAGE_COOKIE_SECURE = OVER_HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if OVER_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = OVER_HTTPS
# https ends at a proxy before us. Who watches us comes without one.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OVER_HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
# Not no-referrer: browsers would then post every form with `Origin: null`, which the CSRF check
# refuses, so nobody could log in. Pages that carry a secret in their address say no-referrer.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The admin pages need a little more: config/admin_site.py.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# For staff and customers alike; `name` is a customer's.
LIKE_ITS_OWNER = {"user_attributes": ("username", "first_name", "last_name", "email", "name")}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", LIKE_ITS_OWNER),
        ("MinimumLengthValidator", {}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]

# --- The back office -------------------------------------------------------------------------
UNFOLD = admin_look.UNFOLD
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
# A code beside the password. Off while the demo's passwords are published anyway.
STAFF_TWO_FACTOR = env.bool("STAFF_TWO_FACTOR", default=not (DEMO or DEBUG))
STAFF_TWO_FACTOR_IS_SAID = "STAFF_TWO_FACTOR" in env.ENVIRON
OTP_TOTP_ISSUER = "Gangway"
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=30)
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=8)
SESSION_COOKIE_AGE = STAFF_SESSION_HOURS * 3600
# Guessing is counted in the database, so that it goes on being counted while Redis is away.
STAFF_LOGIN_ATTEMPTS = env.int("STAFF_LOGIN_ATTEMPTS", default=5)  # one name from one address
STAFF_LOCK_MINUTES = env.int("STAFF_LOCK_MINUTES", default=15)
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = STAFF_LOGIN_ATTEMPTS
AXES_COOLOFF_TIME = timedelta(minutes=STAFF_LOCK_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "config.api.addresses.host_of"
AXES_ONLY_ADMIN_SITE = True
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # nobody keeps a colleague locked out
AXES_DISABLE_ACCESS_LOG = True  # logins are in our own log
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # our login page says itself that it is locked

# --- The business ----------------------------------------------------------------------------
RESERVATION_HOURS = env.int("RESERVATION_HOURS", default=24)
RESERVATION_MAX_UNITS = 100
DIRECT_HOLD_MINUTES = env.int("DIRECT_HOLD_MINUTES", default=30)
DIRECT_MAX_OPEN_ORDERS = env.int("DIRECT_MAX_OPEN_ORDERS", default=5)  # unpaid, of one customer
DIRECT_MAX_UNITS = 20
BATCH_DAYS = {
    "direct_sale": env.int("BATCH_DAYS_DIRECT_SALE", default=7),
    "reseller_batch": env.int("BATCH_DAYS_RESELLER_BATCH", default=30),
}
# Off: a batch's expires_at is for reference, its tickets can be sold after it.
ENFORCE_BATCH_EXPIRY = env.bool("ENFORCE_BATCH_EXPIRY", default=False)
IDEMPOTENCY_HOURS = env.int("IDEMPOTENCY_HOURS", default=24)
REQUEST_LOG_DAYS = env.int("REQUEST_LOG_DAYS", default=90)
# Partners are told when fewer units of a product are free than this.
WEBHOOK_LOW_UNITS = env.int("WEBHOOK_LOW_UNITS", default=100)
