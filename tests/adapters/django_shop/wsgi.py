"""What a WSGI server calls."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from shopprivacy.adapters.django import privacy_gate

application = privacy_gate(get_wsgi_application())
