"""A mirror of any size, made by SQL: the API does not ask how contacts came.

Names, addresses and numbers are drawn evenly; owners, tags and sources as they are in
life: some common, some rare, and one tag that only the oldest contacts bear.
"""

from stack.live import LiveStack, Location

_FIRST = (
    "Ada Anna Bob Carlos Chen Dieter Elif Emma Femi Fatima Georg Hana Ivan Jack Jamal "
    "Kofi Lena Liam Maria Mehmet Nia Noah Olga Omar Paula Quinn Rosa Sara Tomas Uma "
    "Viktor Wei Xenia Yara Zoe Zuri"
).split()
_LAST = (
    "Smith Jones Garcia Nguyen Okafor Mueller Tanaka Rossi Silva Kowalski Ivanova Khan "
    "Brown Martin Dubois Hansen Novak Popescu Santos Yilmaz Andersson Bianchi Costa "
    "Davies Eriksen Fischer Gruber Horvat Ito Jensen Kim Lopez"
).split()
_COMPANIES = "Acme Globex Initech Umbrella Hooli Stark Wayne Wonka Cyberdyne".split()
_SOURCES = "website facebook referral import event phone google partner".split()
_CITIES = "Berlin Boston Cairo Delhi Lagos Lima London Madrid Osaka Paris Quito".split()
# Name of a tag → the condition for the contacts that bear it.
TAGS = {
    "lead": "n %% 5 < 2",
    "customer": "n %% 10 = 3",
    "vip": "n %% 500 = 7",
    "rare": "n %% 40000 = 11",
    "first import": "n <= %(size)s * 0.1",
}
OWNER, OWNERS = "owner7", 30
_PICK = (
    "(%({0})s::text[])[1 + (hashint4(n + {1}) & 1048575) %% array_length(%({0})s, 1)]"
)


def _pick(name: str, salt: int) -> str:
    return _PICK.format(name, salt)


_FILL = f"""
    INSERT INTO ghl_contact (
        location_id, active, ghl_id, name, first_name, last_name, email, phone,
        company_name, source, type, city, country, assigned_to, content_hash,
        date_added_ms, date_updated_ms, date_added, date_updated, observed_at,
        custom_fields, search_text)
    SELECT %(location)s, TRUE, 'c' || lpad(n::text, 20, '0'), first || ' ' || last,
           first, last, email, '+' || digits, company, source,
           (ARRAY['lead', 'customer'])[1 + n %% 2], city, 'DE',
           'owner' || n %% {OWNERS}, md5(n::text), added, added + 6e8,
           TIMESTAMP 'epoch' + added * INTERVAL '1 ms',
           TIMESTAMP 'epoch' + (added + 6e8) * INTERVAL '1 ms',
           now() AT TIME ZONE 'UTC', '[{{"id": "field1", "value": 44}}]',
           chr(31) || concat_ws(chr(31), lower(email), lower(company),
                                lower(first || ' ' || last), digits) || chr(31)
      FROM (SELECT n, first, last, company, source, city,
                   lower(first || '.' || last) || n || '@example' || n %% 90 || '.com'
                       AS email,
                   (4915000000000 + n * 7919::bigint)::text AS digits,
                   1.5e12 + floor(n * 2e11 / %(size)s) AS added
              FROM (SELECT n, {_pick("first", 1)} AS first, {_pick("last", 2)} AS last,
                           CASE WHEN n %% 3 > 0 THEN {_pick("companies", 3)} END
                               AS company,
                           {_pick("sources", 4)} AS source, {_pick("cities", 5)} AS city
                      FROM generate_series(%(since)s + 1, %(size)s) AS n) AS drawn
           ) AS drawn
"""
_TAG = """
    INSERT INTO ghl_contact_ghl_tag_rel (ghl_contact_id, ghl_tag_id, added_ms)
    SELECT id, %(tag)s, date_added_ms FROM (
        SELECT id, date_added_ms, substr(ghl_id, 2)::int AS n FROM ghl_contact
         WHERE location_id = %(location)s) AS c WHERE {condition}
    ON CONFLICT DO NOTHING
"""


def grow(stack: LiveStack, place: Location, since: int, size: int) -> None:
    """Have the mirror of a location grow to a size, GoHighLevel's total with it."""
    sql = stack.sql
    given = {"location": place.id, "since": since, "size": size}
    words = {
        "first": _FIRST,
        "last": _LAST,
        "companies": _COMPANIES,
        "sources": _SOURCES,
        "cities": _CITIES,
    }
    sql(_FILL, given | words)
    for name, condition in TAGS.items():
        [(tag,)] = sql(
            "INSERT INTO ghl_tag (location_id, company_id, name, active) "
            "SELECT id, company_id, %s, TRUE FROM ghl_location WHERE id = %s "
            "ON CONFLICT (location_id, name) DO UPDATE SET active = TRUE RETURNING id",
            [name, place.id],
        )
        sql(_TAG.format(condition=condition), given | {"tag": tag})
    sql(
        "UPDATE ghl_location SET contact_count = %(size)s, ghl_total = %(size)s, "
        "ghl_total_at = now() AT TIME ZONE 'UTC' + INTERVAL '1 second', "
        "mirror_changed_at = now() AT TIME ZONE 'UTC' WHERE id = %(location)s",
        given,
    )
    sql("ANALYZE ghl_contact")
    sql("ANALYZE ghl_contact_ghl_tag_rel")
