"""Makes the population of a location."""

import gc

from ..world.store import Record
from .clean import clean_records
from .messy import messy_records
from .plan import Plan


def build(plan: Plan) -> list[Record]:
    """All records of a plan.

    The garbage collector rests meanwhile: a million small objects without cycles
    would have it walk them all again and again.
    """
    make = clean_records if plan.clean else messy_records
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return list(make(plan, plan.rng("contacts")))
    finally:
        if was_enabled:
            gc.enable()
