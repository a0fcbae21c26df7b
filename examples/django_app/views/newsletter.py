"""The newsletter, with double opt-in: nobody is subscribed before the link in the mail was followed."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from examples.django_app.forms import Subscription
from examples.django_app.models import NewsletterEntry
from examples.django_app.page import notice, texts
from examples.django_app.shop import now, outbox, read_link, sign_link
from examples.shop.mails import confirmation_mail


@require_POST
def sign_up(request: HttpRequest) -> HttpResponse:
    words = texts(request)
    form = Subscription(words, request.POST)
    if not form.is_valid():
        return notice(request, words["newsletter"], " ".join(form.mistakes), 422)
    entry, _ = NewsletterEntry.objects.get_or_create(
        email=form.cleaned_data["email"], defaults={"language": request.language, "asked_at": now()}
    )
    if entry.confirmed_at is None:
        link = request.build_absolute_uri(reverse("confirm", args=[sign_link("newsletter", entry.pk)]))
        outbox().send(confirmation_mail(entry.email, link, words, now()))
    # The same answer for who is subscribed already: a stranger learns nothing from it.
    return notice(request, words["newsletter"], words["newsletter_pending"])


@require_safe
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    words = texts(request)
    entry = NewsletterEntry.objects.filter(pk=read_link("newsletter", token, timedelta(weeks=1))).first()
    if entry is None:
        return notice(request, words["newsletter"], words["newsletter_invalid"], 404)
    entry.confirmed_at = entry.confirmed_at or now()
    entry.save()
    return notice(request, words["newsletter"], words["newsletter_confirmed"])
