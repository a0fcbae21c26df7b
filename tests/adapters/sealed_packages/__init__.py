"""A Django project whose packages meet sealed fields: log-ins by allauth, a history, a serialiser, fixtures."""
