"""The reference of the start page: Django's stock middleware, one row from the database, the same HTML from memory.

Settings and ASGI application in one; BENCH_HTML names the file with the page.
"""

from __future__ import annotations

import os
from pathlib import Path

import dj_database_url
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

HTML = Path(os.environ["BENCH_HTML"]).read_bytes()

database = dict(dj_database_url.parse(os.environ["DATABASE_URL"]))
database["OPTIONS"] = {**database.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 20, "timeout": 10}}
settings.configure(
    SECRET_KEY=os.environ["FOLKMOOT_SECRET_KEY"],
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": database},
    INSTALLED_APPS=[f"django.contrib.{name}" for name in ("auth", "contenttypes", "sessions", "messages")],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    USE_TZ=True,
)


def page(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT username FROM people_person WHERE id = %s", [1])
        cursor.fetchone()
    return HttpResponse(HTML)


urlpatterns = [path("", page)]
application = get_asgi_application()
