"""Django's settings, composed from the environment (see env.py) and from the installed plugins."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.host.discovery import installed_plugins
from portal.settings.env import BASE_DIR, read

ENV = read()

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
FOLKMOOT_ORGANISATION = ENV.organisation
FOLKMOOT_DEMO = ENV.demo
FOLKMOOT_DROP_DIR = ENV.drop_dir
# Certificates of the own network that fetching trusts besides those every browser knows (portal.ingestion.fetch).
FOLKMOOT_CA_FILE = ENV.ca_file
# How long is kept what sources delivered, in days (portal.ingestion.keeping).
FOLKMOOT_KEEP_BODIES_DAYS = ENV.keep.bodies
FOLKMOOT_KEEP_UNSETTLED_DAYS = ENV.keep.unsettled
FOLKMOOT_KEEP_HISTORY_DAYS = ENV.keep.history
# Exports of plugins that were retired: beside the files, never under their address.
FOLKMOOT_DATA_DIR = ENV.data_dir
FOLKMOOT_ARCHIVE_DIR = ENV.data_dir / "archives"
FOLKMOOT_WHEELS_DIR = ENV.wheels_dir
# What one contribution of a plugin (a widget, a slot) may take before it counts as failed.
FOLKMOOT_CONTRIBUTION_SECONDS = 2.0
FOLKMOOT_INTERNAL_FILES_URL = ENV.internal_files_url
FOLKMOOT_METRICS_TOKEN = ENV.metrics_token
FOLKMOOT_BASE_URL = ENV.base_url
# How long a process may trust what it has in memory before it reads the stamps again: half of the second in
# which every change has to be everywhere.
FOLKMOOT_STAMP_SECONDS = 0.5
ELASTICSEARCH_URL = ENV.elasticsearch_url
REDIS_URL = ENV.redis_url
SEARCH_INDEX_PREFIX = ENV.search_prefix
# What people seek is shown only where at least so many of them sought it; 0 counts nothing (search.seeking).
FOLKMOOT_SEEKING_PEOPLE = ENV.seeking_people

PLUGINS = installed_plugins(exclude=ENV.plugins_exclude)

INSTALLED_APPS = [
    "portal.people",
    "portal.audience",
    "portal.host",
    "portal.catalogue",
    "portal.timeline",
    "portal.notifications",
    "portal.startpage",
    "portal.jobs",
    "portal.ingestion",
    "portal",
    "search",
    "cms",
    "demo",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "wagtail.api.v2",
    "modelcluster",
    "taggit",
    "treebeard",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    # Last, so that no template, file, command or translation of a plugin takes the place of the platform's.
    *(plugin.app_config for plugin in PLUGINS),
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
    "portal.middleware.TokenMiddleware",
    "portal.middleware.LoginRequired",
    "portal.middleware.PersonLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.middleware.ProblemMiddleware",
    "portal.middleware.GateMiddleware",
    "portal.middleware.AdminTransactions",
]

ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.frame",
            ],
        },
    }
]

DATABASES = {"default": ENV.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.redis_url}
        if ENV.redis_url
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

AUTH_USER_MODEL = "people.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = ENV.language
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [
    ("en", _("English")),
    ("et", _("Estonian")),
    ("sv", _("Swedish")),
    ("nl", _("Dutch")),
    ("de", _("German")),
]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENV.time_zone

STATIC_URL = "/static/"
STATIC_ROOT = ENV.data_dir / "static"
# Without collectstatic (demo, tests) the files come straight from the packages.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = ENV.data_dir / "files"
# The checked view, see portal.catalogue.files: no file is ever served from a folder.
MEDIA_URL = "/files/"
STORAGES = {
    "default": {"BACKEND": "portal.catalogue.storage.FileStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if WHITENOISE_USE_FINDERS
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

WAGTAIL_SITE_NAME = "Folkmoot"
# Embeds would be fetched inside a request, past the guarded fetcher, and shown from elsewhere, against our policy.
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAILADMIN_BASE_URL = ENV.base_url
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAILADMIN_LOGIN_URL = "/accounts/login/"
WAGTAIL_I18N_ENABLED = False
WAGTAILAPI_DOCS_ENABLED = False
WAGTAILDOCS_SERVE_METHOD = "direct"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "key", "odt", "ods", "pdf", "pptx", "rtf", "txt", "xlsx", "zip"]
# A password shared by mail is no audience: whoever has it could be anybody.
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database"}}
TAGGIT_CASE_INSENSITIVE = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.authentication.PersonAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {
        "login": "10/min",
        "search": "120/min",
        "suggest": "600/min",
        "seeking": "60/min",
        "write": "60/min",
        # What other systems deliver to one source, signed; and what comes unsigned from one address.
        "ingest": "600/min",
        "ingest_unsigned": "60/min",
        # What a program reads by one secret address; and what one client asks by addresses that nobody has.
        "secret_address": "120/hour",
        "secret_address_unknown": "30/min",
    },
    "EXCEPTION_HANDLER": "portal.api.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Folkmoot API",
    "DESCRIPTION": "Everything a person may see in Folkmoot, and nothing else.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "PREPROCESSING_HOOKS": ["portal.api.schema.only_version_1"],
}

CONTENT_SECURITY_POLICY = {
    # Wagtail's admin brings inline chooser scripts; portal.middleware relaxes the policy there, and only there.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        # Custom properties (a hue, a meter's value) are set in style attributes; nothing else is inline.
        "style-src": [SELF, "'unsafe-inline'"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.base_url.startswith("https") else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.base_url.startswith("https")
SESSION_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [ENV.base_url]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.LineFormatter", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "portal": {"level": "INFO"},
        "search": {"level": "INFO"},
        "plugins": {"level": "INFO"},
        "elastic_transport": {"level": "ERROR"},
        # Below that they write whole addresses and headers, which may hold what nobody should read in a log.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Whoever switches the access log on has it written by the same formatter.
        "uvicorn.access": {"handlers": ["console"], "propagate": False},
    },
}

for _folder in (Path(MEDIA_ROOT), Path(STATIC_ROOT), Path(FOLKMOOT_DROP_DIR), Path(FOLKMOOT_ARCHIVE_DIR)):
    _folder.mkdir(parents=True, exist_ok=True)
