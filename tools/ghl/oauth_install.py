"""Installing an app: its id, its scopes, and the page on which a person picks."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

CHOOSER_URL = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"
# The addon reads these:
# https://github.com/GoHighLevel/highlevel-api-docs/blob/main/docs/oauth/Scopes.md
SCOPES = (
    "contacts.readonly",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/tags.readonly",
    "users.readonly",
)
# An agency's install needs these besides, for its list of locations and their tokens.
# An app for sub-accounts alone cannot have them: a link that asks for them is refused.
AGENCY_SCOPES = ("oauth.readonly", "oauth.write")


def app_id_of(client_id: str) -> str:
    """Return the app's id: what stands before the first dash of its client id."""
    return client_id.strip().partition("-")[0]


def scopes_for(user_type: str | None) -> tuple[str, ...]:
    """Return the scopes of an install for an agency (``Company``) or a sub-account."""
    return SCOPES + AGENCY_SCOPES if user_type == "Company" else SCOPES


def missing_scopes(user_type: str | None, granted: str | None) -> list[str]:
    """Return what an install lacks; nothing when it is not told what it has."""
    have = (granted or "").replace(",", " ").split()
    return [one for one in scopes_for(user_type) if have and one not in have]


def chooser_url(
    install_url: str | None,
    client_id: str,
    redirect_uri: str,
    state: str,
    user_type: str | None = None,
) -> str:
    """Return the address of the page on which a person picks account and locations.

    An install link as the app's page shows it goes before one made from the parts: some
    apps need more in it, such as ``version_id``. What it says itself is kept.

    :param install_url: the exact link from the app's page, empty for the default
    :param user_type: ``Company`` for an agency's install, else a sub-account's
    """
    parts = urlsplit((install_url or "").strip() or CHOOSER_URL)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = {
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "client_id": client_id.strip(),
        "scope": " ".join(scopes_for(user_type)),
    }
    query = {**wanted, **given, "redirect_uri": redirect_uri, "state": state}
    # The vendor documents spaces as %20.
    text = urlencode(query).replace("+", "%20")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, text, ""))
