"""The project's addresses."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import PasswordResetView
from django.urls import include, path

from tests.adapters.adopted.__main__ import fail

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("auth/", include("django.contrib.auth.urls")),
    path("reset/", PasswordResetView.as_view(success_url="/")),
    path("fail/", fail),
]
