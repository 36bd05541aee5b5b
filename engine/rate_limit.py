"""The rate limits of a location: this process's governor, and what others told it."""

from typing import Any

from ..tools.rate_limit.governor import RateGovernor, governor_for


def _key_of(location: Any) -> tuple[str, str, str]:
    """The vendor counts requests by app and location."""
    env = location.env
    base_url = env["ghl.settings"]._api_base_url()
    return (env.cr.dbname, base_url, location.ghl_id)


def get_governor(location: Any) -> RateGovernor:
    """Return this process's pace-maker for the location.

    It takes over what others have told since it last sent something: which slots they
    use, the limits, and a pause or spent quota that outlives a restart.
    """
    governor = governor_for(_key_of(location))
    governor.limit_background(location.env["ghl.settings"]._int("quota_share") / 100)
    known = location.sudo().rate_snapshot
    if known:
        governor.restore(known)
    return governor


def rate_snapshot(location: Any, at_work: bool = False) -> dict[str, Any]:
    """Return what the next process has to know.

    :param at_work: this one may send more before it tells again
    """
    return governor_for(_key_of(location)).snapshot(at_work)
