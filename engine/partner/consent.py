"""Keep Odoo's blacklists in step with what contacts have closed at GoHighLevel.

An entry goes in when a channel is closed, and out again only when the channel is open,
the entry came from here, nobody else has opened or closed it since, and no other
contact still closes that address or number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...tools.partner.consent import EMAIL, PHONE, closed_channels
from ..privacy.consent import OURS
from ..privacy.left_out import disown_closed
from .matching.countries import Regions
from .matching.keys import email_key
from .matching.phones import Region, phone_key

_MODELS: Mapping[str, tuple[str, str]] = {
    EMAIL: ("mail.blacklist", "email"),
    PHONE: ("phone.blacklist", "number"),
}


def closed_values(
    contact: Any, closed: frozenset[str], region: Region
) -> set[tuple[str, str]]:
    """Return the (channel, address or number) that a contact has closed.

    :param closed: the channels that it has closed
    """
    values = {
        EMAIL: email_key(contact.email) if EMAIL in closed else None,
        PHONE: phone_key(contact.phone, region) if PHONE in closed else None,
    }
    return {(channel, value) for channel, value in values.items() if value}


def apply_consent(env: Any, pairs: Iterable[tuple[Any, Any]], regions: Regions) -> None:
    """Close and open what the contacts of links say.

    :param env: privileged; whoever may link may also keep a person from being written
        to, and nothing else is done with it
    :param pairs: (`ghl.partner.link`, `ContactRow`)
    """
    wanted: dict[int, set[tuple[str, str]]] = {}
    closed: dict[int, frozenset[str]] = {}
    for link, contact in pairs:
        channels = closed_channels(contact.dnd, contact.dnd_settings)
        wanted[link.id] = closed_values(contact, channels, regions.of(contact))
        closed[link.id] = channels
    Entry = env["ghl.consent.entry"]
    rows = Entry.search([("link_id", "in", list(wanted))])
    has: dict[int, dict[tuple[str, str], Any]] = {key: {} for key in wanted}
    for row in rows:
        has[row.link_id.id][row.channel, row.value] = row
    gone = Entry.browse()
    for link_id, values in wanted.items():
        for (channel, value), row in has[link_id].items():
            # Another address opens nothing: the contact has still closed the channel.
            if (channel, value) not in values and channel not in closed[link_id]:
                gone |= row
    new = [
        (link_id, channel, value)
        for link_id, values in wanted.items()
        for channel, value in sorted(values)
        if (channel, value) not in has[link_id]
    ]
    _close(env, new)
    release(gone)


def _close(env: Any, new: list[tuple[int, str, str]]) -> None:
    if not new:
        return
    made: set[tuple[str, str]] = set()
    for channel, (model, column) in _MODELS.items():
        values = {value for _link, one, value in new if one == channel}
        if not values:
            continue
        fresh = _close_values(env[model], column, channel, values)
        made.update((channel, value) for value in fresh)
    rows = []
    for link_id, channel, value in new:
        # The first of several links is the one that the entry came from.
        first = (channel, value) in made
        made.discard((channel, value))
        rows.append(
            {"link_id": link_id, "channel": channel, "value": value, "made": first}
        )
    env["ghl.consent.entry"].create(rows)


def _close_values(
    blacklist: Any, column: str, channel: str, values: set[str]
) -> set[str]:
    """Put addresses or numbers on a blacklist; return those that were not on it."""
    env = blacklist.env
    blacklist = blacklist.with_context(**{OURS: True})
    message = env._("Closed at GoHighLevel by the contact.")
    known = blacklist.with_context(active_test=False).search(
        [(column, "in", sorted(values))]
    )
    archived = set(known.filtered(lambda row: not row.active).mapped(column))
    for value in sorted(archived):
        # Phones are told as a list.
        blacklist._add(value if channel == EMAIL else [value], message=message)
    new = values - set(known.mapped(column))
    if new:
        rows = blacklist.create([{column: value} for value in sorted(new)])
        rows._message_log_batch(bodies=dict.fromkeys(rows.ids, message))
    return new | archived


def release(entries: Any) -> None:
    """Take entries back: those that came from us, and that nobody else wants."""
    env = entries.env(context={**entries.env.context, OURS: True})
    for entry in entries:
        others = env["ghl.consent.entry"].search(
            [
                ("channel", "=", entry.channel),
                ("value", "=", entry.value),
                ("id", "not in", entries.ids),
            ],
            limit=1,
        )
        if not entry.made:
            continue
        if others:
            others.made = True
            continue
        model, column = _MODELS[entry.channel]
        if env[model].search_count([(column, "=", entry.value)], limit=1):
            value = entry.value if entry.channel == EMAIL else [entry.value]
            env[model]._remove(value, message=env._("Open again at GoHighLevel."))
    entries.unlink()


def disown(blacklist: Any, channel: str, values: Iterable[Any]) -> None:
    """Leave entries of a blacklist to whoever is opening or closing them now.

    An entry that a person has opened, or closed on their own account, is their word:
    GoHighLevel's channel no longer opens it.

    :param blacklist: the blacklist, in whoever's name; our own writes disown nothing
    :param values: addresses or numbers, as they are stored
    """
    if blacklist.env.context.get(OURS):
        return
    entries = blacklist.env["ghl.consent.entry"].sudo()
    found = [value for value in values if value]
    entries.search(
        [("channel", "=", channel), ("value", "in", found), ("made", "=", True)]
    ).made = False
    disown_closed(entries.env, [(channel, value) for value in found])
