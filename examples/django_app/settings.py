"""The shop's settings."""

from __future__ import annotations

from pathlib import Path

from examples.django_app.databases import database
from examples.django_app.environment import from_environment
from examples.shop.clock import Clock
from examples.shop.first_start import read_secret
from examples.shop.links import HOUR
from examples.shop.logs import app_log
from examples.shop.outbox import sender_of
from examples.shop.third_parties import third_parties
from shopprivacy.policy import load

HERE = Path(__file__).resolve().parent
OPTIONS = from_environment()
CLOCK = Clock(OPTIONS.data, movable=OPTIONS.has_demo_routes)

SECRET_KEY = read_secret(OPTIONS)
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "examples.django_app.urls"
WSGI_APPLICATION = "examples.django_app.wsgi.application"
DATABASES = {"default": database(OPTIONS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = False  # the shop's words stand in examples/shop/texts
LOGGING = app_log(OPTIONS)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "examples.django_app.apps.ShopConfig",
]
MIDDLEWARE = [
    "examples.django_app.middleware.say_what_was_seen",
    "examples.django_app.middleware.be_careless",
    "examples.django_app.middleware.speak",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "examples.django_app.middleware.refuse_forged_forms",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": list(third_parties(load(OPTIONS.policy)).values()),
        "OPTIONS": {
            "builtins": ["shopprivacy.adapters.django.templatetags.shopprivacy"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "examples.django_app.page.names",
            ],
        },
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE.parent / "shop" / "static"]

AUTH_USER_MODEL = "shop.Customer"
PASSWORD_HASHERS = [
    "examples.django_app.passwords.QuickHasher"
    if OPTIONS.hashes_cheaply
    else "django.contrib.auth.hashers.ScryptPasswordHasher"
]

PASSWORD_RESET_TIMEOUT = HOUR

# The session lives in a signed cookie: no table of sessions that the policy would have to declare.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Mail goes to a server with --smtp, else into the outbox.
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if OPTIONS.smtp
    else "examples.django_app.outbox.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = OPTIONS.smtp or ("localhost", 25)
DEFAULT_FROM_EMAIL = str(sender_of(load(OPTIONS.policy).controller))

# Privacy: three of the four lines; the fourth stands in wsgi.py.
INSTALLED_APPS += ["shopprivacy.adapters.django"]
MIDDLEWARE.insert(0, "shopprivacy.adapters.django.PrivacyMiddleware")
SHOPPRIVACY = {
    "POLICY": OPTIONS.policy,
    "KEYS": OPTIONS.keys,
    "JOURNAL": OPTIONS.data / "privacy-journal.sqlite3",
    "ANALYTICS": OPTIONS.data / "analytics",
    "SALTS": OPTIONS.data / "salts.sqlite3",
    "SIGN_IN_ON_LOGIN": True,
    "CLOCK": CLOCK.now,
    "LAYOUT": "shop/privacy.html",
    "EMAIL_BACKEND": EMAIL_BACKEND,
}
EMAIL_BACKEND = "shopprivacy.adapters.django.mail.EmailBackend"
