"""Whether a mail asks its reader to send a password or an identity document (promised never to).

It reads sentences, in Dutch, French, German and English: one that asks to send, and names something secret of the
reader's, and does not say no. It is made to find a template that somebody wrote without thinking, not one written to
get by. A link to a page where a password is changed asks nobody to send it.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from shopprivacy.mail.draft import Body

_SENTENCE: Final = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n")
_PIECE: Final = re.compile(r"([^<]*)(?:<(/?)([a-z0-9]*)[^<>]*>?)?", re.IGNORECASE)
"""Text, and the tag behind it."""
_UNREAD: Final = frozenset({"style", "script"})
_BREAKS: Final = frozenset(
    {"p", "div", "tr", "td", "li", "table", "ul", "ol", *(f"h{level}" for level in range(1, 7))}
)
_PASSWORD_INPUT: Final = re.compile(r"<input\b[^<>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_LONGEST: Final = 600
"""Characters of a sentence that are looked at: what is longer is a list, or no text."""


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{text})(?!\w)", re.IGNORECASE)


_ASKS: Final = (
    _words(  # English
        r"(?<!we )(?<!we will )(?<!we'll )(?<!we can )(?<!will )(?<!we’ll )(?<!n't )(?<!n’t )"
        r"(?:(?:send|forward)(?! you\b)(?! yourself\b)|(?:give|tell|provide) (?:us|me)"
        # Verbs here, and nouns in "this e-mail", "an email address".
        r"|(?<!this )(?<!the )(?<!an )(?<!your )(?<!our )(?<!by )(?<!via )(?:mail|e-?mail|text)"
        r"(?= (?:us|me|a|the|your|copies)\b)"
        r"|(?:reply|respond|answer)(?: [\w-]+){0,5} with|let us have)"
    ),
    _words(  # Dutch
        r"(?:stuurt?|mailt?|e-?mailt?|zendt?) (?:u |je |jij )?(?:ons|mij|me|even|een|uw|je|jouw|dan|dit|de|het|svp)"
        r"|(?:antwoord|reageer)t?(?: [\w-]+){0,5} met|geeft? (?:u |je )?(?:ons|mij)|bezorgt? ons|laat ons weten"
        r"|(?<!wij )(?<!we )(?:(?:door|toe|op|terug)?(?:sturen|zenden|mailen)|te (?:sturen|zenden|mailen|e-?mailen)"
        r"|(?:door|toe|op|terug)(?: te |ge)(?:sturen|zenden|mailen))(?! we\b)(?! wij\b)"
    ),
    _words(  # French
        r"(?:r?envoy|communiqu|transmett|fourniss|adress)ez(?:-nous|-moi)?|(?:donn|indiqu)ez-(?:nous|moi)"
        r"|nous (?:r?envoyer|communiquer|transmettre|donner|fournir|indiquer|adresser|faire parvenir)"
        r"|répond(?:ez|re)(?: [\w'’-]+){0,6} avec"
    ),
    _words(  # German
        r"(?:senden|schicken|mailen|teilen|übermitteln|nennen) sie(?! sich)|(?:geben sie|gib) (?:uns|mir)"
        r"|(?:sende?|schicke?|maile?|nenne?) (?:uns|mir|bitte|dein\w*)|antworten? (?:sie )?(?:[\w-]+ ){0,6}mit"
        r"|(?:an uns|uns|zurück|per (?:e-?)?mail) (?:zu)?(?:senden|schicken|mailen|übermitteln|mitteilen)"
        r"|(?:zu|ein|über)(?:zu)?(?:senden|schicken)"
    ),
)
_SECRETS: Final = (
    _words(
        r"(?:your|the) (?:[\w-]+ ){0,2}(?:pass ?words?|passphrases?|passports?|(?:id|identity) cards?"
        r"|identity documents?|driving licen[cs]es?|driver['’]s licen[cs]es?)|your (?:[\w-]+ ){0,2}pin(?: ?codes?)?"
        r"|your (?:valid |personal )?id(?! ?(?:number|code|nr|is\b))|(?:passwords?|pin codes?) (?:of|for) your"
    ),
    _words(
        r"(?:uw|je|jouw|het) (?:[\w-]+ ){0,2}(?:wachtwoord(?:en)?|paswoord(?:en)?|pin-?codes?|paspoort|rijbewijs"
        r"|identiteitsbewijs|identiteitskaart|id-?kaart|id-?bewijs|legitimatiebewijs)|(?:uw|je|jouw) id"
    ),
    _words(
        r"(?:votre|ton|le|de la|du|de votre) (?:[\w-]+ ){0,2}(?:mots? de passe|code (?:pin|secret)|passeport"
        r"|carte d['’]identité|pièce d['’]identité|permis de conduire)"
    ),
    _words(
        r"(?:(?:ihr|dein)(?:e|en|em|es)?|das) (?:[\w-]+ ){0,2}(?:passwort(?:es)?|kennwort(?:es)?|pin"
        r"|pin-?code|personalausweis(?:es)?|ausweis(?:es)?|reisepass(?:es)?|führerschein(?:s|es)?)"
    ),
)
_NOT_SENT: Final = _words(
    # What mails about passwords say is done with one: nobody is asked to send it.
    r"(?:re-?set|chang|choos|set|updat|enter|creat|forg[eo]t)\w* (?:your|the) (?:[\w-]+ ){0,2}pass ?words?"
    r"|your (?:[\w-]+ ){0,2}pass ?words? (?:was|were|is|has|have|will|reset|change)"
    r"|(?:wachtwoord|paswoord) (?:is|werd|wordt|was|hebt|heeft|(?:[\w-]+ ){0,2}"
    r"(?:wijzig|herstel|verander|reset|vergeten|aanpas|aan te pas|instel|in te stel)\w*)"
    r"|(?:réinitialis|chang|modifi|chois|défini|cré|oubli)\w* votre (?:[\w-]+ ){0,2}mot de passe|mot de passe (?:a|est)"
    r"|(?:passwort|kennwort) (?:wurde|ist|hat|haben|(?:[\w-]+ ){0,3}"
    r"(?:zurück(?:zu|ge)?setz|änder|geänder|vergessen|ein(?:zu)?geb)\w*)"
)
_DOCUMENT: Final = (
    r"(?:pass ?words?|passports?|id(?:[ -]cards?)?|identity cards?|driving licen[cs]es?|paspoort(?:en)?|rijbewijs"
    r"|identiteitskaart|id-?kaart|wachtwoord(?:en)?|passeports?|carte d['’]identité|mots? de passe"
    r"|reisep[aä]ss(?:e|es)?|(?:personal)?ausweis(?:e|es)?|führerscheins?|passw(?:ort|örter))"
)
_MADE_FOR_ONE: Final = (
    r"(?:covers?|holders?|cases?|wallets?|sleeves?|pouch(?:es)?|(?:note|log)?books?|organi[sz]ers?|keepers?"
    r"|hoes(?:je)?s?|etuis?|houders?|map(?:pen|jes?)?|tas(?:je)?s?|boek(?:je)?s?|étuis?|housses?|pochettes?|carnets?"
    r"|hüllen?|taschen?|halter|mappen?|hefte?|bücher|buch)"
)
_GOODS: Final = _words(
    # What shops sell for such documents, and the code of a parcel.
    rf"{_DOCUMENT}[ -]{_MADE_FOR_ONE}"
    rf"|{_MADE_FOR_ONE} (?:for|voor|à|pour|de|für)"
    rf" (?:(?:your|the|uw|je|jouw|het|votre|le|vos|ihren?|deinen?) )?{_DOCUMENT}"
    r"|(?:pick-?up|collection|locker|parcel|delivery|gift(?: ?card)?) pin(?: ?codes?)?"
)
_SAYS_NO: Final = _words(
    r"never|not|no|cannot|don['’]t|won['’]t|nobody|nooit|niet|geen|niemand|jamais|ne|n['’]\w+|pas|aucun\w*|personne"
    r"|nie|niemals|nicht|kein\w*|niemand"
)


def asks_for_secret(subject: str, bodies: tuple[Body, ...]) -> bool:
    """Whether a mail asks its reader to send a password or an identity document, in its text or by a form in it."""
    if any(body.kind == "html" and _PASSWORD_INPUT.search(body.text) for body in bodies):
        return True
    texts = (subject, *(_plain(body) for body in bodies))
    return any(
        _asks(" ".join(sentence.split())[:_LONGEST]) for text in texts for sentence in _SENTENCE.split(text)
    )


def _asks(sentence: str) -> bool:
    if _SAYS_NO.search(sentence) is not None:
        return False
    sentence = _NOT_SENT.sub("", _GOODS.sub("", sentence))
    # In one language: a mail in one is a verb in another.
    return any(
        secret.search(sentence) and asks.search(sentence)
        for asks, secret in zip(_ASKS, _SECRETS, strict=True)
    )


def _plain(body: Body) -> str:
    if body.kind == "plain":
        return body.text
    parts: list[str] = []
    within = ""
    for text, closing, name in _PIECE.findall(body.text):
        tag = name.lower()
        if not within:
            parts += [text, "\n\n" if tag in _BREAKS else " " if tag == "br" else ""]
            within = tag if tag in _UNREAD and not closing else ""
        elif closing and tag == within:
            within = ""
    return unescape("".join(parts))
