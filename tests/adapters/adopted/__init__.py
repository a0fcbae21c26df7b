"""A Django project that had its mail before it had the mail gate: log-ins by allauth, error mails, another package."""
