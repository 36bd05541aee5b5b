"""People in two systems, with the truth about who is who: for measuring matching.

Made by a fixed draw from lists of common names. Of each pair it is known whether it is
one person, so that links can be counted as right, wrong or missed.
"""

import random
from dataclasses import dataclass, field

FIRST = (
    "Anna Bernard Carla Daniel Elena Fabian Gloria Hannah Isabel Jacob Katherine Louis"
    " Margaret Nathan Olivia Patrick Quentin Rachel Stephen Theresa Ulrich Valerie"
    " William Xavier Yvonne Zachary Alice Benjamin Charlotte Dominic Edward Frances"
    " Gabriel Helen Ingrid James Kristen Leonard Miriam Nicholas"
).split()
LAST = (
    "Anderson Bennett Carpenter Dawson Edwards Fletcher Griffin Hawkins Ingram Johnson"
    " Kensington Lawrence Mitchell Newman Osborne Patterson Quigley Richards Sullivan"
    " Thompson Underwood Vaughan Whitaker Young Zimmermann Ashford Bradley Coleman"
    " Donovan Ellison"
).split()

# Two people of one family each, whom one letter tells apart.
COUPLES = (
    "Mark Mary, John Joan, Tina Nina, Harry Larry, Martin Martina, Eric Erin,"
    " Christian Christina, Andrea Andreas, Maria Marta, Jane Jan, Kenny Jenny"
)
# One person each, in full and in short.
SHORT = (
    "William Bill, Robert Bob, Elizabeth Liz, Richard Dick, Margaret Peggy,"
    " Alexander Alex, Katherine Kate, James Jim, Edward Ted, Susan Sue"
)


def pairs_of(text):
    """Return the pairs of names of a list."""
    return [pair.split() for pair in text.split(", ")]


@dataclass
class People:
    """Records of both systems, and who is who.

    `truth` has {number of the contact: number of the partner}; contacts that are not
    in it are nobody's.
    """

    partners: list[dict] = field(default_factory=list)
    contacts: list[dict] = field(default_factory=list)
    truth: dict[int, int] = field(default_factory=dict)


class Maker:
    """Draws people; every sort of pair is a method.

    :param seed: the same one gives the same people
    :param foreign_company: a company whose partners must not be matched
    """

    def __init__(self, seed: int, foreign_company: int):
        self.random = random.Random(seed)
        self.foreign_company = foreign_company
        self.people = People()
        self._number = 0

    def make(self, count: int) -> People:
        """Return so many contacts, and the partners that belong to them."""
        sorts = (
            (self.typing_error, 30),
            (self.other_spelling, 22),
            (self.phone_only, 16),
            (self.both_of_a_family, 6),
            (self.one_of_a_family, 6),
            (self.office_phone, 5),
            (self.stranger, 8),
            (self.other_company, 4),
            (self.namesake, 3),
            (self.one_letter_apart, 5),
            (self.short_form, 6),
            (self.family_phone, 4),
            (self.other_mailbox, 4),
            (self.abroad, 6),
            (self.archived, 3),
            (self.office_address, 4),
            (self.second_address, 4),
        )
        makers, weights = zip(*sorts, strict=True)
        while len(self.people.contacts) < count:
            self.random.choices(makers, weights)[0]()
        return self.people

    # === SORTS OF PAIRS === #

    def typing_error(self):
        first, last, email, phone = self.identity()
        self.pair(
            self.partner(first, last, email, phone),
            *self.misspelt(first, last),
            email=email,
            phone=phone,
        )

    def other_spelling(self):
        first, last, email, phone = self.identity()
        self.pair(
            self.partner(first, last, email, False),
            first.upper(),
            last.lower(),
            email=f" {email.upper()} ",
            phone=phone,
        )

    def phone_only(self):
        first, last, _email, phone = self.identity()
        written = self.random.choice(
            (
                phone,
                f"0{phone[3:7]} {phone[7:]}",
                f"+44 (0){phone[3:6]}-{phone[6:]}",
                f"0044 {phone[3:]}",
            )
        )
        self.pair(self.partner(first, last, False, written), first, last, phone=phone)

    def both_of_a_family(self):
        first, last, email, _phone = self.identity()
        other = self.another_first(first)
        numbers = [self.partner(name, last, email, False) for name in (first, other)]
        for number, name in zip(numbers, (first, other), strict=True):
            self.pair(number, name, last, email=email)

    def one_of_a_family(self):
        first, last, email, _phone = self.identity()
        self.partner(first, last, email, False)
        self.contact(self.another_first(first), last, email=email)

    def office_phone(self):
        first, last, email, phone = self.identity()
        self.partner(first, last, email, phone)
        others = self.identity()
        self.contact(others[0], others[1], email=others[2], phone=phone)

    def stranger(self):
        first, last, email, phone = self.identity()
        self.contact(first, last, email=email, phone=phone)

    def other_company(self):
        first, last, email, phone = self.identity()
        number = self.partner(first, last, email, phone)
        self.people.partners[number]["company_id"] = self.foreign_company
        self.contact(first, last, email=email, phone=phone)

    def namesake(self):
        first, last, email, phone = self.identity()
        self.partner(first, last, email, phone)
        _first, _last, email, phone = self.identity()
        self.contact(first, last, email=email, phone=phone)

    def one_letter_apart(self):
        names = self.random.choice(pairs_of(COUPLES))
        self.random.shuffle(names)
        _first, last, email, phone = self.identity()
        self.partner(names[0], last, email, phone)
        self.contact(names[1], last, email=email, phone=self.random.choice(("", phone)))

    def short_form(self):
        names = self.random.choice(pairs_of(SHORT))
        self.random.shuffle(names)
        _first, last, email, phone = self.identity()
        number = self.partner(names[0], last, email, phone)
        self.pair(number, names[1], last, email=email)

    def family_phone(self):
        first, last, _email, phone = self.identity()
        other = self.another_first(first)
        numbers = [self.partner(name, last, False, phone) for name in (first, other)]
        for number, name in zip(numbers, (first, other), strict=True):
            self.pair(number, name, last, phone=phone)

    def other_mailbox(self):
        """Odoo takes neither dots nor what follows a plus out of an address."""
        first, last, email, _phone = self.identity()
        box, _at, _domain = email.partition("@")
        self.partner(first, last, f"{box}@gmail.com", False)
        other = self.random.choice((f"{box}+shop", box.replace(".", "")))
        self.contact(self.another_first(first), last, email=f"{other}@gmail.com")

    def abroad(self):
        first, last, _email, _phone = self.identity()
        number = f"{23_000_000 + self._number}"
        written = (f"030 {number}", f"+49 30 {number}", f"0049 (30) {number}")
        partner = self.partner(first, last, False, self.random.choice(written))
        self.people.partners[partner]["country"] = "DE"
        self.pair(partner, first, last, phone=self.random.choice(written[:2]))
        self.people.contacts[-1]["country"] = "DE"

    def archived(self):
        first, last, email, phone = self.identity()
        number = self.partner(first, last, email, phone)
        self.people.partners[number]["active"] = False
        self.contact(first, last, email=email, phone=phone)

    def office_address(self):
        """A company and one who works there have the company's address."""
        first, last, email, _phone = self.identity()
        self.partner("Acme", f"{last} Ltd", email, False)
        number = self.partner(first, last, email, False)
        self.pair(number, first, last, email=email)
        self.contact(self.another_first(first), self.random.choice(LAST), email=email)

    def second_address(self):
        first, last, email, _phone = self.identity()
        number = self.partner(first, last, email, False)
        self.pair(number, first, last, email=f"private.{email}")
        self.people.contacts[-1]["additionalEmails"] = [{"email": email}]

    # === PARTS === #

    def identity(self):
        """Return first and last name, e-mail and phone of somebody new."""
        self._number += 1
        first, last = self.random.choice(FIRST), self.random.choice(LAST)
        email = f"{first}.{last}.{self._number}@example.com".lower()
        return first, last, email, f"+44207{1_000_000 + self._number}"

    def another_first(self, first):
        return self.random.choice([name for name in FIRST if name[0] != first[0]])

    def misspelt(self, first, last):
        """Return the names with one error in one of them."""
        names = [first, last]
        which = self.random.randrange(2)
        word = names[which]
        place = self.random.randrange(1, len(word) - 1)
        kind = self.random.randrange(3)
        if kind == 0:
            word = word[:place] + word[place + 1 :]
        elif kind == 1:
            word = word[:place] + self.random.choice("bcdklmx") + word[place + 1 :]
        else:
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        names[which] = word
        return names

    def partner(self, first, last, email, phone):
        """Add an Odoo contact; return its number."""
        self.people.partners.append(
            {"name": f"{first} {last}", "email": email, "phone": phone}
        )
        return len(self.people.partners) - 1

    def contact(self, first, last, email="", phone=""):
        """Add a GoHighLevel contact; return its number."""
        self.people.contacts.append(
            {"firstName": first, "lastName": last, "email": email, "phone": phone}
        )
        return len(self.people.contacts) - 1

    def pair(self, partner, first, last, email="", phone=""):
        """Add the contact that a partner is."""
        self.people.truth[self.contact(first, last, email, phone)] = partner
