"""What an ASGI server calls."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

from shopprivacy.adapters.django import privacy_gate

application = privacy_gate(get_asgi_application())
