"""Webshops that keep the promises of their privacy statement."""
