"""A timeline of requests: the sandbox's log as lines for people."""

from collections import Counter


def timeline(log: list[dict], singly: int) -> list[str]:
    """Return a line for each request, or for each second when there are many.

    :param log: entries of the sandbox's ``/requests``
    :param singly: how many requests are told one by one at the most
    """
    if not log:
        return []
    entries = sorted(log, key=lambda entry: entry["time"])
    start = entries[0]["time"]
    if len(entries) > singly:
        return _by_second(entries, start)
    return [_line(entry, start) for entry in entries]


def _line(entry: dict, start: float) -> str:
    at = entry["time"] - start
    until = at + entry["ms"] / 1000
    status = "" if entry["status"] == 200 else f" {entry['status']}"
    return f"{at:6.2f} – {until:6.2f} s  {what(entry)}{status}"


def what(entry: dict) -> str:
    """Return what a request was for."""
    search = entry.get("search")
    if not search:
        return f"{entry['method']} {entry['path'].rsplit('/', 1)[-1]}"
    parts = ["search", *(search.get("sort") or [])]
    if search["filters"]:
        parts.append("filtered")
    if search["cursor"]:
        parts.append("cursor")
    parts.append(f"{search['sent']} of {search['total']} ({search['limit']})")
    return " ".join(parts)


def _by_second(entries: list[dict], start: float) -> list[str]:
    seconds: dict[int, Counter] = {}
    for entry in entries:
        counter = seconds.setdefault(int(entry["time"] - start), Counter())
        counter["requests"] += 1
        search = entry.get("search")
        if search and search["limit"] > 10:
            counter["pages"] += 1
            counter["contacts"] += search["sent"]
        counter["refused"] += entry["status"] == 429
    return [
        f"second {second:3}: "
        + ", ".join(f"{count:,} {name}" for name, count in counter.items() if count)
        for second, counter in sorted(seconds.items())
    ]
