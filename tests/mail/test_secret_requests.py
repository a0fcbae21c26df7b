"""D42: which mails ask their reader to send a password or an identity document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.mail.draft import Body
from shopprivacy.mail.secret_requests import asks_for_secret

ASKING = (
    "Please send us your password.",
    "Reply to this mail with your password.",
    "To confirm, e-mail a copy of your passport to us.",
    "Send your ID to verify@shop.example.",
    "Please provide us with your PIN code",
    "We ask you to send your password to support.",
    "Could you send us a copy of your identity card?",
    "Stuur ons uw wachtwoord.",
    "Stuur uw wachtwoord naar de klantenservice.",
    "Wilt u uw wachtwoord naar ons sturen?",
    "Gelieve een kopie van uw identiteitskaart te mailen",
    "Mail ons een kopie van je rijbewijs",
    "Antwoord op deze mail met je wachtwoord",
    "Geef ons uw pincode",
    "Envoyez-nous votre mot de passe.",
    "Veuillez nous envoyer une copie de votre carte d'identité",
    "Merci de nous communiquer votre mot de passe",
    "Répondez à ce message avec votre mot de passe",
    "Bitte senden Sie uns Ihr Passwort.",
    "Schicken Sie eine Kopie Ihres Personalausweises an uns.",
    "Bitte Ihr Passwort an uns senden",
    "Antworten Sie auf diese Mail mit Ihrem Passwort",
    "Schick uns dein Passwort",
    "Teilen Sie uns Ihr Kennwort mit",
    "Mail us a copy of your passport",
    "Please e-mail your password to us.",
    "Give us your password, and we change it.",
    "Geben Sie uns Ihr Passwort",
    "Bitte Ihr Passwort einsenden",
    "Senden Sie Ihr Passwort an uns zurück",
    "Wilt u uw wachtwoord aan ons sturen?",
    "Donnez-nous votre mot de passe",
    "To reset your password, send us your passport.",
    "Om uw wachtwoord te wijzigen, stuur ons een kopie van uw paspoort.",
    "Send us the passport that belongs in your passport cover.",
    "Geef ons uw pincode en de hoes voor uw paspoort",
)
NOT_ASKING = (
    "We will never ask you to send your password.",
    "Reset your password here: https://shop.example/reset",
    "You're receiving this because you requested a password reset. Please go to this page and choose a new password:",
    "We send you a link to change your password.",
    "We will send your password reset link.",
    "Your order ID is 1234. Send us a message if you have questions.",
    "Send us your order ID.",
    "Keep your passport ready when you pick up the parcel.",
    "Om uw wachtwoord te wijzigen, sturen we u een link.",
    "Wij sturen u een link om uw wachtwoord te herstellen.",
    "Wij vragen u nooit om uw wachtwoord te mailen.",
    "U krijgt een mail om uw wachtwoord te herstellen.",
    "Stuur ons een bericht als u vragen heeft.",
    "Neem uw identiteitskaart mee naar de winkel.",
    "Nous ne vous demanderons jamais d'envoyer votre mot de passe.",
    "Nous vous envoyons un lien pour changer votre mot de passe.",
    "Um Ihr Passwort zurückzusetzen, senden wir Ihnen einen Link.",
    "Wir bitten Sie nie, uns Ihr Passwort zu senden.",
    "Klicken Sie hier, um Ihr Passwort zu ändern.",
    "Your password was changed.",
    "Contact us if you did not change your password.",
    # django-oscar's own mail, and django-allauth's pages.
    "You're receiving this e-mail because your password has been changed at shop.example.",
    "If it wasn't you who changed it, please reset your password immediately and correct your email address:",
    "You should really add an email address so you can receive notifications, reset your password, etc.",
    "Geben Sie Ihr Passwort ein:",
    "Geef je huidige wachtwoord op.",
    # What mails about a password say beside the link.
    "Follow this link, and enter your new password to send the form.",
    "Send us a message if your password was changed by somebody else.",
    "Send an e-mail to help@shop.example to reset your password.",
    "Forward this e-mail to us if you ever forget your password.",
    "Stuur ons een bericht als u uw wachtwoord wilt wijzigen.",
    "Stuur ons een mail als uw wachtwoord is gewijzigd door een ander.",
    "Klik op de link, geef uw nieuwe wachtwoord op en kies Versturen.",
    "Pour réinitialiser votre mot de passe, envoyez un message à aide@shop.example",
    "Cliquez sur le lien et indiquez votre nouveau mot de passe.",
    "Klicken Sie auf den Link, um Ihr Passwort zurückzusetzen, oder senden Sie uns eine Nachricht.",
    "Senden Sie uns eine Nachricht, wenn Ihr Passwort von jemand anderem geändert wurde.",
    # Goods, and what is written on a parcel: order mail always arrives.
    "Thank you for your order 17\n1 x The Passport Cover 12,00\nSend to: Jan Jansen",
    "Please send the passport holder back to us within 14 days.",
    "Tell us what you think of your leather ID wallet.",
    "Please send your password book back in its box.",
    "Send the case for your passport back to us.",
    "Forward the PIN to whoever collects your parcel.",
    "Forward your pick-up PIN to whoever collects your parcel.",
    "Stuur ons het paspoort-etui binnen 14 dagen terug.",
    "Stuur het hoesje voor uw paspoort naar ons terug.",
    "Renvoyez-nous votre étui à passeport.",
    "Schicken Sie uns Ihre Reisepass-Hülle zurück.",
    "Senden Sie uns die Hülle für Ihren Personalausweis zurück.",
)


@pytest.mark.parametrize("sentence", ASKING)
def test_who_asks_is_found(sentence: str) -> None:
    """In each language, in subject, text and HTML."""
    assert asks_for_secret(sentence, ())
    assert asks_for_secret("", (Body("plain", f"Dear customer,\n\n{sentence}\n\nThe shop"),))
    inside = sentence.replace(" ", " <b>", 1).replace("'", "&#x27;")
    assert asks_for_secret(
        "", (Body("html", f"<style>p {{}}</style><p>Dear customer,</p><p>{inside}</b></p>"),)
    )


@pytest.mark.parametrize("sentence", NOT_ASKING)
def test_who_does_not_ask_passes(sentence: str) -> None:
    """A promise never to ask, a link to a page, a word that only looks like one."""
    assert not asks_for_secret(sentence, (Body("plain", sentence), Body("html", f"<p>{sentence}</p>")))


def test_a_form_asks() -> None:
    """An input for a password in the mail itself."""
    assert asks_for_secret("", (Body("html", "<form><INPUT name=p type='password'></form>"),))
    assert not asks_for_secret("", (Body("plain", "<input type=password>"),))


def test_what_nobody_reads_asks_nothing() -> None:
    """Styles and scripts; what stands behind them is read."""
    style = "<style>/* send us your password */ b > i {}</style>"
    assert not asks_for_secret("", (Body("html", style),))
    assert asks_for_secret(
        "", (Body("html", f"{style}<script></div></script>Send us<br/>your <i>password</i>"),)
    )
    assert asks_for_secret("", (Body("html", f"{style}<SCRIPT></div></Script>Send us your <i>password</i>"),))


def test_two_sentences_are_two() -> None:
    """One that asks to send something, and one about a password."""
    assert not asks_for_secret("", (Body("plain", "Send us a message. Your password was changed."),))


@given(st.text(max_size=2000))
def test_it_ends(text: str) -> None:
    """For whatever a mail says."""
    asks_for_secret(text, (Body("plain", text), Body("html", f"<{text}<style{text}")))
