"""Durations of the API's calls, as ratios to the cheapest of them."""

import statistics
import time

import requests

from .large_table import OWNER

CONTACTS, STATUS = "/api/location-contacts-optimized", "/api/sync-status"
# Deep pages of the specification; what is sorted is opened there, too.
DEEP, SORTED_DEEP = 40_000, 2_000
_SEARCHES = {
    "1 letter": "a",
    "1 rare letter": "q",
    "2 letters": "zu",
    "2 letters, no hit": "qx",
    "3 letters": "ada",
    "10 letters": "ada.smith1",
    "no hit": "zzzzqqqqww",
    "a number": "0151 2345",
}
_SORTS = {
    "date_added": "asc",
    "date_updated": "desc",
    "name": "asc",
    "first_name": "asc",
    "last_name": "desc",
    "email": "asc",
    "phone": "desc",
    "company_name": "asc",
    "source": "desc",
    "type": "asc",
    "city": "desc",
    "country": "asc",
}


def calls_of(size: int, limit: int = 10) -> dict[str, dict]:
    """Return {name: parameters} of the calls that are measured."""
    last = -(-size // limit)
    calls: dict[str, dict] = {
        "first page": {},
        "page 40,000": {"page": min(DEEP, last)},
        "middle page": {"page": last // 2},
        "last page": {"page": last},
    }
    calls |= {f"search: {kind}": {"search": s} for kind, s in _SEARCHES.items()}
    calls["search, by name"] = {"search": "smith", "sort": "name", "order": "asc"}
    for sort, order in _SORTS.items():
        calls[f"by {sort}"] = {"sort": sort, "order": order}
    deep = {"sort": "name", "order": "desc"}
    calls["by name, page 2,000"] = deep | {"page": min(SORTED_DEEP, last)}
    calls["by name, last page"] = deep | {"page": last}
    calls["by company, last page"] = {"sort": "company_name", "page": last}
    for tag in ("lead", "vip", "rare", "first import", "nobody"):
        calls[f"tag: {tag}"] = {"tag": tag}
    calls["tag, by name"] = {"tag": "customer", "sort": "name", "order": "asc"}
    calls["owner"] = {"selected_user": OWNER}
    calls["owner, by name"] = {"selected_user": OWNER, "sort": "name"}
    calls["owner, tag and search"] = {
        "selected_user": OWNER,
        "tag": "customer",
        "search": "smi",
    }
    return calls


def ratios(url: str, key: str, ghl_id: str, size: int, runs: int) -> dict[str, float]:
    """Measure each call beside `/api/sync-status`; return medians of their ratios.

    The milliseconds of sync-status stand under its own name.
    """
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"

    def seconds(path: str, params: dict) -> float:
        since = time.perf_counter()
        answer = session.get(
            f"{url}{path}", params={"location_id": ghl_id, **params}, timeout=300
        )
        spent = time.perf_counter() - since
        answer.raise_for_status()
        return spent

    found: dict[str, float] = {}
    references = []
    for name, params in calls_of(size).items():
        # The first call is not measured: PostgreSQL and Odoo read from disk for it.
        seconds(CONTACTS, params)
        pairs = [
            (seconds(CONTACTS, params), seconds(STATUS, {})) for _run in range(runs)
        ]
        reference = statistics.median(pair[1] for pair in pairs)
        references.append(reference)
        found[name] = statistics.median(pair[0] for pair in pairs) / reference
    found["sync-status, ms"] = 1_000 * statistics.median(references)
    return found
