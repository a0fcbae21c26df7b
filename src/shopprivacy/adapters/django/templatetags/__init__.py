"""``{% load shopprivacy %}``."""
