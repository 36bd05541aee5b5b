"""What an account is called, asked with tokens that are not stored yet."""

import logging
from itertools import islice

from ...tools.errors import GhlError

_logger = logging.getLogger(__name__)

# Names of an agency's locations that are shown.
MAX_NAMES = 8


def describe_account(calls, tokens) -> dict:
    """Return what GoHighLevel says of the account that tokens belong to.

    :param calls: a `GhlOAuth` whose token is one of these tokens
    :return: {"kind", "company", "location", "name", "locations"}; what GoHighLevel does
        not tell is None
    """
    agency = tokens.user_type == "Company"
    account = {
        "kind": "Company" if agency else "Location",
        "company": tokens.company_id,
        "location": None if agency else tokens.location_id,
        "name": None,
        "locations": None,
    }
    try:
        if agency:
            rows = islice(calls.installed_locations(tokens.company_id), MAX_NAMES)
            account["locations"] = [row.name for row in rows]
        else:
            account["name"] = calls.location_name(tokens.location_id)
    except GhlError as err:
        # The ids are known in any case.
        _logger.info("an account's name is not known: %s", err)
    return account
