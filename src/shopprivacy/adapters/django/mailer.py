"""The library's own mails, sent as the shop sends its own: by Django's ``EMAIL_BACKEND``."""

from __future__ import annotations

from email import message as standard

from django.core.mail import EmailMessage


def send_by_django(message: standard.EmailMessage) -> None:
    """Send a message of plain text. Raises what the back end raises."""
    EmailMessage(
        subject=str(message["Subject"]),
        body=message.get_content(),
        from_email=message["From"] and str(message["From"]),
        to=[str(message["To"])],
        headers={"Auto-Submitted": str(message["Auto-Submitted"])},
    ).send()
