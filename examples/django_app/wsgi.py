"""What the server calls: the shop, behind the gate."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from shopprivacy.adapters.django import get_privacy, privacy_gate

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.django_app.settings")
application = privacy_gate(get_wsgi_application())
get_privacy().take_over_logs()  # the shop's own and gunicorn's
