"""What the admin shows, where Django looks for it. Each domain's part is in ``admin_pages``."""

from __future__ import annotations

from shopprivacy.storage.registry import import_all

import_all("shopprivacy.adapters.django.admin_pages")
