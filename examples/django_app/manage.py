"""``python -m examples.django_app.manage``: Django's own commands, for the shop in ``var/django`` or ``SHOP_DATA``."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from examples.shop.first_start import OWNER_ALONE

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examples.django_app.settings")
    os.umask(OWNER_ALONE)
    execute_from_command_line(sys.argv)
