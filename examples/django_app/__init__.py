"""The example shop in Django."""
