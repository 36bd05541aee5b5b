"""Why counts stay unequal, in words that name the records concerned."""

from ...tools.foreign_text import clean

# Ids that a sentence names; the run's issues list all.
NAMED = 3


def explain_gap(run, gap: int, rounds: int) -> str:
    """Return why GoHighLevel's count differs from the mirror's.

    :param gap: GoHighLevel's count less the mirror's, not 0
    """
    Issue = run.env["ghl.sync.issue"]
    mine = [("run_id", "=", run.id)]
    rejected = Issue.search([*mine, ("severity", "=", "rejected")])
    if rejected and 0 < gap <= len(rejected):
        return run.env._(
            "%(count)s records of GoHighLevel cannot be mirrored%(which)s; see the "
            "run's issues.",
            count=gap,
            which=_named(rejected),
        )
    named = [("severity", "=", "altered"), ("ghl_id", "!=", False)]
    unclear = Issue.search([*mine, *named])
    if gap < 0:
        return run.env._(
            "The mirror holds %(count)s contacts that GoHighLevel does not count"
            "%(which)s. "
            "It does not say clearly that they are gone, so they stay.",
            count=-gap,
            which=_named(unclear),
        )
    return run.env._(
        "GoHighLevel counts %(gap)s contacts more than it shows, or keeps changing "
        "(%(rounds)s repairs brought nothing).",
        gap=gap,
        rounds=rounds,
    )


def _named(issues) -> str:
    ids = list(dict.fromkeys(clean(i.ghl_id, 40) for i in issues if i.ghl_id))
    if not ids:
        return ""
    more = ", …" if len(ids) > NAMED else ""
    return f" ({', '.join(ids[:NAMED])}{more})"
