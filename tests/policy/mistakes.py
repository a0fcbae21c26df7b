"""Mistakes that somebody makes in a policy: what is wrong with the line, and where; ``wording.txt`` has the words."""

from __future__ import annotations

from typing import Final

from tests.policy.files import BODY, HEAD

LINES: Final = (
    ("colour = 1", "unknown-key", "colour"),
    ("purpose = {}", "unknown-key", "purpose"),
    ("mail = { transport = 'shop:send' }", "unknown-key", "mail.transport"),
    ("mail = { otherwise = 'nowhere' }", "undeclared-name", "mail.otherwise"),
    ("mail = { change_data = '/account' }", "invalid", "mail.change_data"),
    ("mail = { wait_for_journals = 'long' }", "vague-term", "mail.wait_for_journals"),
    ("secure = ['checkout']", "invalid", "secure[0]"),
    ("minimum_group = 1", "invalid", "minimum_group"),
    ("minimum_group = 2.5", "invalid", "minimum_group"),
    ("children = { age = 21 }", "invalid", "children.age"),
    ("secure = { a = 1 }", "invalid", "secure"),
    ("ledger = '7 years'", "invalid", "ledger"),
    ("mode = 'report'", "invalid", "mode"),
    ("analytics = { ipv4 = 33 }", "invalid", "analytics.ipv4"),
    ('analytics = { fields = ["email"] }', "invalid", "analytics.fields[0]"),
    ('analytics = { purpose = "orders" }', "invalid", "analytics.purpose"),
    ('analytics = { purpose = "statistics", visitor = "orders" }', "invalid", "analytics.visitor"),
    ('analytics = { visitor = "statistics" }', "invalid", "analytics.purpose"),
    ('analytics = { events = ["page"] }', "invalid", "analytics.events"),
    ('analytics = { events = ["failure"] }', "invalid", "analytics.events"),
    ('analytics = { funnel = ["PUT /cart"] }', "invalid", "analytics.funnel[0]"),
    ('analytics = { events = ["order"], funnel = ["ordr"] }', "undeclared-name", "analytics.funnel[0]"),
    ('analytics = { keep_params = ["a b"] }', "invalid", "analytics.keep_params[0]"),
    ("logs = { keep = ['names'] }", "invalid", "logs.keep[0]"),
    ("logs = { keep = ['/(/'] }", "invalid", "logs.keep[0]"),
    ("logs = { keep = ['/.*/'] }", "invalid", "logs.keep[0]"),
    ("ledger = { keep = 7 }", "vague-term", "ledger.keep"),
    ("ledger = { keep = 'for ever' }", "vague-term", "ledger.keep"),
    ("mode = { cookies = 'on' }", "invalid", "mode.cookies"),
    ("presets = 'flask'", "invalid", "presets"),
    ("presets = ['flsk']", "invalid", "presets[0]"),
    ("presets = ['flask', 'flask']", "invalid", "presets"),
    ("secure = ['/a', '/b', '/b']", "invalid", "secure"),
    ("sites = ['https://shop.example']", "invalid", "sites[0]"),
    ("forbidden = ['iban']", "invalid", "forbidden"),
    ("forbidden = [{}]", "invalid", "forbidden"),
    ("forbidden = [[]]", "invalid", "forbidden"),
    ('"[key]" = 1', "unknown-key", '"[key]"'),
    ("forbidden = { card_number = 'hide' }", "invalid", "forbidden.card_number"),
    ("cache = { key_header = 'a b' }", "invalid", "cache.key_header"),
    ("cache = { key_header = 'X-Key' }", "invalid", "cache.key_header"),
    ("cache = { key_header = 'X_Key' }", "invalid", "cache.key_header"),
    ("cache = { key_header = 'Vary' }", "invalid", "cache.key_header"),
    ("cache = { key_header = 'Cookie' }", "invalid", "cache.key_header"),
    ("cache = { key_header = 'Host' }", "invalid", "cache.key_header"),
    ("prove = {}", "invalid", "prove.every"),
    ("requests = { channels = [] }", "invalid", "requests.channels"),
    ("texts = {}", "unknown-key", "texts"),
    ("not_personal = ['product.*']", "unknown-key", "not_personal"),
    ("separate = { support = 'contact' }", "invalid", "separate.support"),
    ("data.Contact = ['a.b']", "invalid", "data.Contact"),
    ("data.note = ['note']", "invalid", "data.note[0]"),
    ("data.note = {fields = ['n']}", "invalid", "data.note.fields[0]"),
    ("data.note = 'note.text'", "invalid", "data.note"),
    ("data.not_personal = ['x']", "invalid", "data.not_personal[0]"),
    ("data.note = { fields = ['n.t'], only = [{ fild = 'n.t' }] }", "invalid", "data.note.only[0].field"),
    ("purposes.x = {}", "no-basis", "purposes.x.basis"),
    ("purposes.x = 1", "invalid", "purposes.x"),
    ("purposes.x.basis = 'toestemming'", "invalid", "purposes.x.basis"),
    ("purposes.x = { basis = 'consent', keep = 'long' }", "vague-term", "purposes.x.keep"),
    ("purposes.x = { basis = 'consent', keep = 7 }", "vague-term", "purposes.x.keep"),
    ("purposes.x = { basis = 'consent', sell = true }", "sale", "purposes.x.sell"),
    ("purposes.sell = { basis = 'consent' }", "sale", "purposes.sell"),
    ("purposes.'*' = { basis = 'consent' }", "blanket-consent", 'purposes."*"'),
    ("purposes.x = { basis = 'consent', data = ['*'] }", "blanket-consent", "purposes.x.data[0]"),
    ("purposes.x = { basis = 'consent', explicit = 'yes' }", "invalid", "purposes.x.explicit"),
    ("purposes.x = { basis = 'consent', channels = ['pigeon'] }", "invalid", "purposes.x.channels[0]"),
    ("purposes.x = { basis = 'consent', law = \"a\\tb\" }", "invalid", "purposes.x.law"),
    ("purposes.x = { basis = 'consent', law = ' ' }", "invalid", "purposes.x.law"),
    ("recipients.x = { role = 'spy', for = ['orders'], country = 'NL' }", "invalid", "recipients.x.role"),
    ("recipients.x = { role = 'processor', for = [], country = 'NL' }", "invalid", "recipients.x.for"),
    (
        "recipients.x = { role = 'processor', for_ = ['orders'], country = 'NL' }",
        "invalid",
        "recipients.x.for",
    ),
    (
        "recipients.x = { role = 'processor', for = ['orders'], country = 'nl' }",
        "invalid",
        "recipients.x.country",
    ),
    ("cookies.'_ga_*' = { purpose = 'statistics', life = 7 }", "vague-term", 'cookies."_ga_*".life'),
    ("cookies.'a b' = { essential = true, life = 'session' }", "invalid", 'cookies."a b"'),
)
"""A line among the others of a policy, the code of the mistake, and the place of it."""

HEADS: Final = (
    (HEAD.replace("2026-01-01", '"2026-01-01"'), "invalid", "effective"),
    (HEAD.replace("2026-01-01", "2026-01-01T10:00:00Z"), "invalid", "effective"),
    (HEAD.replace('"NL"', '"NO"'), "invalid", "jurisdiction"),
    (HEAD.replace('"en"', '"es"'), "invalid", "languages[1]"),
    (HEAD.replace('"nl", "en"', ""), "invalid", "languages"),
    (HEAD.replace("privacy@shop.example", "shop"), "bad-email", "controller.email"),
)
"""The keys that every policy has, with a mistake in one of them."""

AT_ONCE: Final = (
    HEAD
    + BODY
    + """
[purposes.broken]
basis = "toestemming"
[purposes.fraud]
basis = "legitimate_interest"
keep = "long"
[purposes.tax]
basis = "legal_obligation"
data = ["contac"]
confirm = "maybe"
[cookies.a]
purpose = "broken"
life = "forever"
[cookies.b]
purpose = "nowhere"
life = "1 day"
[cookies.c]
purpose = "orders"
essential = "yes"
life = "1 day"
"""
)
"""A file in which some cannot be read and some does not hang together."""

UNREADABLE_ENTRIES: Final = (
    HEAD
    + BODY
    + """
[purposes.broken]
basis = "toestemming"
data = ["contac"]
[purposes.worse]
basis = "toestemming"
data = ["*", "contac"]
[cookies.a]
purpose = "nowhere"
recipients = ["nobody"]
life = "forever"
[cookies.b]
purpose = 3
life = "forever"
[recipients.x]
role = "friend"
name = "X"
for = ["broken", "nowhere"]
data = "contac"
"""
)
"""A file with names that nobody declares, in entries with other mistakes."""

BROKEN_TABLES: Final = HEAD + ("cookies = 1\ndata = []\nrecipients = { x = 1 }\nmail = { tracking = 'x' }\n")
"""A file with whole tables of the wrong kind."""
