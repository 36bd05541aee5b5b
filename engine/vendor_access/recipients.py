"""Whom trouble of a connection, or of one of its locations, is told to."""

from typing import Any

from odoo.exceptions import ValidationError


def responsible_for(connection: Any, location: Any = None) -> Any:
    """Return the users who are told.

    A location's responsible, else its connection's, else all who may connect again.
    Somebody who has left, or may not see the connection any more, is passed over.
    """
    for record in (location, connection):
        user = record.responsible_id if record else None
        if user and _may_see(user, connection):
            return user
    return connection._get_managers()


def check_responsible(records: Any) -> None:
    """Refuse a responsible who could not look at what he is told of.

    :param records: locations or connections
    :raise ValidationError: in words
    """
    for record in records.sudo():
        user = record.responsible_id
        connection = record.connection_id if "connection_id" in record else record
        if user and not _may_see(user, connection):
            raise ValidationError(
                record.env._(
                    "%(user)s cannot be responsible for “%(record)s”: it takes the "
                    "group “GoHighLevel: User” and access to %(company)s.",
                    user=user.name,
                    record=record.name,
                    company=connection.company_id.name,
                )
            )


def _may_see(user: Any, connection: Any) -> bool:
    allowed = user.active and user.has_group("ghl_contact_sync.group_user")
    return bool(allowed and connection.company_id in user.company_ids)


def in_words_of(users: Any, connection: Any) -> Any:
    """Return the connection in the language and zone of the first of these users."""
    user = users[:1]
    if not user:
        return connection
    reader = connection.with_user(user).sudo()
    return reader.with_context(lang=user.lang, tz=user.tz)
