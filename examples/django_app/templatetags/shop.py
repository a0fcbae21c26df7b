"""The shop's words and name, for templates that are rendered without a request as well."""

from __future__ import annotations

from django.template import Library

from examples.django_app.shop import shop_name, texts

register = Library()
register.simple_tag(texts)
register.simple_tag(shop_name)
