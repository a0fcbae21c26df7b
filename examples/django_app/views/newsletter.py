"""The newsletter, with double opt-in: the library mails the link, and its page takes the yes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from examples.django_app.forms import Subscription
from examples.django_app.models import NewsletterEntry
from examples.django_app.page import notice, site, texts
from examples.django_app.shop import now
from shopprivacy.adapters.django import get_privacy


@require_POST
def sign_up(request: HttpRequest) -> HttpResponse:
    words = texts(request)
    form = Subscription(words, request.POST)
    if not form.is_valid():
        return notice(request, words["newsletter"], " ".join(form.mistakes), 422)
    email = form.cleaned_data["email"]
    NewsletterEntry.objects.get_or_create(
        email=email, defaults={"language": request.language, "asked_at": now()}
    )
    get_privacy().mail.ask(email, "newsletter", language=request.language, url=f"{site(request)}u/")
    # The same answer for who is subscribed already: a stranger learns nothing from it.
    return notice(request, words["newsletter"], words["newsletter_pending"])
