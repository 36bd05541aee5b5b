"""A code that came back without `state`: whose account it opens, and the answer.

GoHighLevel may drop `state`. Without it anybody could send a browser here with a code
of an account of theirs. So the tokens of such a code are sealed, with a key that only
the session of the person has, and the person is asked whether it is the account that
they chose.
"""

import logging
from dataclasses import asdict
from itertools import islice
from typing import Any

from ...tools.errors import GhlError
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth import GhlOAuth
from ...tools.ghl.oauth_answers import TokenSet
from ...tools.http.retry import RetryPolicy
from ...tools.log_line import log_line
from ...tools.web.sealed import seal, unseal
from ..transaction import end_transaction, in_own_transaction
from .app import app_calls
from .authorize import check_same_account, exchange_code, keep_tokens

_logger = logging.getLogger(__name__)

# Names of an agency's locations that are shown.
MAX_NAMES = 8
# A person waits; without names the ids are shown.
_SHORT = Timeouts(connect=3, read=5, total=5)
_ONCE = RetryPolicy(attempts=1)


def offer_account(connection: Any, code: str) -> tuple[int, str, dict[str, Any]]:
    """Exchange a code and ask whose it is; nothing is connected by that.

    :return: (the offer's id, the key to it, the account as GoHighLevel names it)
    :raise AccessError: the user may not change the connection
    :raise GhlError: the code, or the app's credentials, were not accepted
    :raise UserError: the tokens belong to another account than this connection's
    """
    connection.check_access("write")
    tokens = exchange_code(connection, code)
    check_same_account(connection, tokens)
    with app_calls(
        connection, tokens.access_token, timeouts=_SHORT, retry_policy=_ONCE
    ) as calls:
        end_transaction(connection.env)
        account = describe_account(calls, tokens)
    key, sealed = seal(asdict(tokens))
    # The code works only once: what loses is stored again, and not exchanged again.
    offer_id = in_own_transaction(connection, lambda own: _store_offer(own, sealed))
    return offer_id, key, account


def _store_offer(connection: Any, sealed: str) -> int:
    offers = connection.env["ghl.oauth.offer"].sudo()
    (offers._expired() | offers.search(_own_offers(connection))).unlink()
    offer = offers.create(
        {
            "connection_id": connection.id,
            "user_id": connection.env.uid,
            "sealed": sealed,
        }
    )
    return int(offer.id)


def answer_offer(connection: Any, offer_id: int, key: str, accepted: bool) -> bool:
    """Keep the tokens of an offer that a person confirms, or forget them.

    :return: whether the account is connected now
    """
    connection.check_access("write")
    offers = connection.env["ghl.oauth.offer"].sudo()
    offer = offers.search([("id", "=", offer_id), *_own_offers(connection)])
    sealed = None if not offer or offer in offers._expired() else offer.sealed
    # An answer, this or that, can be given once.
    offer.unlink()
    end_transaction(connection.env)
    values = unseal(key, sealed) if sealed and accepted else None
    if not values:
        return False
    tokens = TokenSet(**values)
    check_same_account(connection, tokens)
    keep_tokens(connection, tokens)
    return True


def describe_account(calls: GhlOAuth, tokens: TokenSet) -> dict[str, Any]:
    """Return what GoHighLevel says of the account that tokens belong to.

    :param calls: their token is one of these tokens
    :return: {"kind", "company", "location", "name", "locations"}; what GoHighLevel does
        not tell is None
    """
    agency = tokens.user_type == "Company"
    account: dict[str, Any] = {
        "kind": "Company" if agency else "Location",
        "company": tokens.company_id,
        "location": None if agency else tokens.location_id,
        "name": None,
        "locations": None,
    }
    try:
        if agency:
            rows = islice(calls.installed_locations(tokens.company_id or ""), MAX_NAMES)
            account["locations"] = [row.name for row in rows]
        else:
            account["name"] = calls.location_name(tokens.location_id)
    except GhlError as err:
        # The ids are known in any case.
        _logger.info(log_line("account_name_unknown", error=err))
    return account


def _own_offers(connection: Any) -> list[tuple[str, str, int]]:
    return [
        ("connection_id", "=", connection.id),
        ("user_id", "=", connection.env.uid),
    ]
