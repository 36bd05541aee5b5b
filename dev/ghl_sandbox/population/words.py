"""Vocabulary of the generated contacts."""

FIRST = (
    "Ada Alan Amina Ana Anders Bea Bilal Boris Carla Chen Chloe Dan Daria Devi "
    "Diego Elif Emma Eric Fatima Felix Gita Grace Hana Hugo Ines Ivan Jack Jana "
    "Joao Kai Kofi Lara Leo Lina Luca Mai Marco Maria Mina Nadia Nils Noor Olga "
    "Omar Paul Petra Quinn Rana Rosa Sam Sara Sofia Tariq Theo Uma Vera Wei Xavi "
    "Yara Zoe"
).split()
LAST = (
    "Abbott Ahmed Alvarez Bauer Becker Berg Brown Carter Castillo Chandra Cohen "
    "Costa Dahl Diaz Dubois Evans Fischer Fontaine Garcia Gomez Grant Haddad Hansen "
    "Hughes Ito Jansen Jones Kaya Keller Khan Kim Kowalski Larsen Lee Lopez Martin "
    "Mendes Moreau Nguyen Novak Okafor Olsen Patel Perez Popov Rossi Sato Schmidt "
    "Silva Singh Smith Tanaka Taylor Torres Usman Vega Wagner Walsh Weber Wright "
    "Yilmaz Young Zhang"
).split()
# Break careless code: right-to-left, combining marks, emoji, CJK, case traps.
UNICODE_NAMES = [
    ("\u0645\u062d\u0645\u062f", "\u0627\u0644\u0641\u0627\u0631\u0633"),
    ("\u05d3\u05d5\u05d3", "\u05db\u05d4\u05df"),
    ("Zoe\u0308", "Nguye\u0302\u0303n"),
    ("\u738b", "\u5c0f\u660e"),
    ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f600 Smile"),
    ("\u0130pek", "\u015eahin"),
    ("Stra\u00dfer", "\ufb01nch"),
    ("O\u2019Brien\u00a0", "\u200bZero\u200dWidth"),
    ("Z\u0351\u0352\u0353a\u0334l\u0335g\u0336o", "\u202eoverride\u202c"),
    ("\u0e2a\u0e21\u0e0a\u0e32\u0e22", "\u0e43\u0e08\u0e14\u0e35"),
]
CITIES = [
    ("New York", "NY", "US", "America/New_York"),
    ("Austin", "TX", "US", "America/Chicago"),
    ("Denver", "CO", "US", "America/Denver"),
    ("Seattle", "WA", "US", "America/Los_Angeles"),
    ("Toronto", "ON", "CA", "America/Toronto"),
    ("London", "England", "GB", "Europe/London"),
    ("Berlin", "Berlin", "DE", "Europe/Berlin"),
    ("Lisboa", "Lisboa", "PT", "Europe/Lisbon"),
    ("Mumbai", "MH", "IN", "Asia/Calcutta"),
    ("Sydney", "NSW", "AU", "Australia/Sydney"),
]
STREETS = [
    "Main St",
    "Oak Avenue",
    "2nd Street",
    "Park Road",
    "Mill Lane",
    "Harbour Way",
]
COMPANIES = [
    "Acme",
    "Northwind",
    "Bluebird",
    "Summit",
    "Pinecone",
    "Riverside",
    "Orbit",
]
COMPANY_KINDS = ["Dental", "Fitness", "Roofing", "Realty", "Solar", "Law", "Studio"]
SOURCES = [
    "Website",
    "facebook",
    "public api",
    "csv import",
    "referral",
    "Google Ads",
    "booking widget",
    "walk-in",
]
TYPES = ["lead", "lead", "lead", "customer"]
MAIL_HOSTS = ["example.com", "example.org", "mail.example.net"]
TAGS = (
    "newsletter|vip|cold|warm|hot lead|customer|no show|booked|2024-campaign|webinar|"
    "do not call|spanish|referral|past due|summer promo|black friday|quiz|unqualified|"
    're-engage|\u2b50 five star|\u0639\u0645\u064a\u0644|a, b; "c"|long tag ' + "x" * 60
).split("|")
LOREM = (
    "asked for a quote and will call back next week prefers mornings has two children "
    "wants the family plan paid the deposit by card left a voicemail no answer yet "
).split()
