"""Faults of the vendor: rules of the sandbox, drawn at random.

Every rule strikes a bounded number of times: a run that is patient gets through.
"""

import random
from collections.abc import Callable

SEARCH = "/contacts/search"
Rules = list[dict]


def _burst(rng: random.Random) -> Rules:
    rule = {"fault": "rate_limit", "count": rng.randint(1, 5)}
    if rng.random() < 0.5:
        rule["retry_after"] = rng.choice((1, 1, 2))
    return [rule]


def _quota(rng: random.Random) -> Rules:
    # The run parks until the quota is back; here that takes seconds, not a day, and the
    # vendor says so: left alone, the limiter would tell the end of its own day.
    back = rng.randint(2, 4)
    rule = {"fault": "rate_limit", "daily": True, "retry_after": back}
    return [{**rule, "reset_ms": 1_000 * back}]


def _errors(rng: random.Random) -> Rules:
    status = rng.choice((500, 502, 503, 504))
    return [{"fault": "status", "status": status, "count": rng.randint(1, 4)}]


def _outage(rng: random.Random) -> Rules:
    # Outlasts the patience of single calls: the run parks and comes back.
    rules = [{"fault": "status", "status": 503, "count": rng.randint(8, 14)}]
    return [{**rule, "match": {"cursor": False}} for rule in rules]


def _strange(rng: random.Random) -> Rules:
    choices = (
        {"fault": "html", "status": rng.choice((200, 502))},
        {"fault": "content_type", "value": "text/html"},
        {"fault": "empty_body"},
        {"fault": "cut_json", "fraction": rng.uniform(0.1, 0.9)},
    )
    return [{**rng.choice(choices), "count": rng.randint(1, 3)}]


def _broken(rng: random.Random) -> Rules:
    choices = (
        {"fault": "reset", "at": rng.choice(("before", "headers", "body"))},
        {"fault": "truncate", "fraction": rng.uniform(0.1, 0.9)},
    )
    return [{**rng.choice(choices), "count": rng.randint(1, 3)}]


def _slow(rng: random.Random) -> Rules:
    name = rng.choice(("hang", "drip", "delay"))
    return [{"fault": name, "seconds": round(rng.uniform(0.5, 2.5), 1)}]


def _token(rng: random.Random) -> Rules:
    return [{"fault": rng.choice(("expired_token", "expire_token"))}]


def _lying_total(rng: random.Random) -> Rules:
    lies = (
        {"add": rng.choice((-7, -1, 1, 5, 150))},
        {"factor": rng.choice((0.0, 0.5, 0.9, 1.1))},
        {"value": rng.choice((0, 1, 100, 10_000))},
    )
    return [{"fault": "total_lies", **rng.choice(lies), "count": rng.randint(1, 4)}]


def _odd_page(rng: random.Random) -> Rules:
    name = rng.choice(("short_page", "empty_page", "repeat_page"))
    rule = {"fault": name, "count": rng.randint(1, 3)}
    if name == "short_page":
        rule["fraction"] = rng.choice((0.1, 0.5, 0.9))
    return [rule]


def _refused_cursor(rng: random.Random) -> Rules:
    return [{"fault": "cursor_refused", "count": rng.randint(1, 3)}]


def _edit(rng: random.Random) -> Rules:
    """The location changes in the very moment in which it is read."""
    return [
        {"fault": "edit", "edits": edits(rng, 12), "after": rng.randint(0, 20)}
        for _number in range(rng.randint(1, 4))
    ]


# Weight and maker of each kind of trouble.
MENU: dict[str, tuple[int, Callable[[random.Random], Rules]]] = {
    "429": (4, _burst),
    "quota": (2, _quota),
    "5xx": (4, _errors),
    "outage": (1, _outage),
    "strange": (4, _strange),
    "broken": (4, _broken),
    "slow": (3, _slow),
    "token": (3, _token),
    "total": (4, _lying_total),
    "page": (5, _odd_page),
    "cursor": (3, _refused_cursor),
    "edit": (6, _edit),
}


# Half a minute of retries and a pause, however small the location.
SLOW = ("outage",)


def _hasten(rule: dict) -> dict:
    """Return a rule that strikes as this one does, but costs less time."""
    if rule["fault"] == "rate_limit":
        return {**rule, "count": min(rule.get("count", 1), 3), "retry_after": 1}
    if "seconds" in rule:
        return {**rule, "seconds": min(rule["seconds"], 1)}
    return rule


def edits(rng: random.Random, most: int) -> dict:
    """Return random edits for the sandbox, few deletions among them."""
    return {
        "seed": rng.randrange(10**6),
        "update": rng.randint(0, most),
        "create": rng.randint(0, most // 2),
        "delete": rng.randint(0, most // 3),
        "merge": rng.randint(0, most // 6),
        "retag": rng.randint(0, most // 4),
        "dnd": rng.randint(0, most // 4),
    }


def draw(rng: random.Random, count: int, short: bool) -> tuple[list[str], Rules]:
    """Return the names of `count` kinds of trouble, and the rules that make them.

    :param bool short: only what a patient client gets through within seconds
    """
    menu = {name: item for name, item in MENU.items() if not (short and name in SLOW)}
    weights = [weight for weight, _make in menu.values()]
    names = rng.choices(list(menu), weights, k=count)
    rules = []
    for name in names:
        for rule in MENU[name][1](rng):
            # Planning, walking and proving are all searches; some other calls as well.
            place = {"path": SEARCH if rng.random() < 0.85 else "*"}
            if short:
                rule = _hasten(rule)
            rules.append(
                {
                    "after": rng.choice((0, 0, 1, 3, 8, 15, 25)),
                    "probability": rng.choice((1, 1, 0.5)),
                    "seed": rng.randrange(10**6),
                    **rule,
                    "match": {**place, **rule.get("match", {})},
                }
            )
    return names, rules
