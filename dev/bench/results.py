"""Measured figures, by flat keys: ``<case>.<who>.<figure>``."""

import dataclasses
import statistics


@dataclasses.dataclass
class Sample:
    """One run of one case by one contestant.

    `cpu` has CPU seconds of client, database and sandbox; `figures` whatever else the
    case is about.
    """

    contacts: int
    seconds: float
    cpu: dict = dataclasses.field(default_factory=dict)
    figures: dict = dataclasses.field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Contacts per second."""
        return self.contacts / self.seconds


class Results:
    """Samples by case and contestant, and facts about the run."""

    def __init__(self, facts: dict | None = None):
        self.facts: dict = dict(facts or {})
        self.samples: dict[tuple[str, str], list[Sample]] = {}

    def add(self, case: str, who: str, sample: Sample) -> Sample:
        """Keep a sample."""
        self.samples.setdefault((case, who), []).append(sample)
        return sample

    def flat(self) -> dict:
        """Return medians and facts as one flat dictionary."""
        flat = dict(self.facts)
        for (case, who), samples in self.samples.items():
            for name, value in _medians(samples).items():
                flat[f"{case}.{who}.{name}"] = value
        return flat


def _medians(samples: list[Sample]) -> dict:
    rates = [sample.rate for sample in samples]
    values = {
        "runs": len(samples),
        "contacts": samples[0].contacts,
        "seconds": round(statistics.median(s.seconds for s in samples), 3),
        "rate": round(statistics.median(rates), 1),
        "rate_least": round(min(rates), 1),
        "rate_most": round(max(rates), 1),
    }
    for who in ("client", "database", "sandbox"):
        spent = [s.cpu[who] / s.contacts for s in samples if s.cpu.get(who) is not None]
        if spent:
            name = f"{who}_cpu_us_per_contact"
            values[name] = round(1e6 * statistics.median(spent), 1)
    for name in samples[0].figures:
        found = [s.figures[name] for s in samples if s.figures.get(name) is not None]
        if found:
            values[name] = _middle(found)
    return values


def _middle(values: list) -> float | int | bool:
    """Return the median, or for yes and no whether it was always yes."""
    if all(isinstance(value, bool) for value in values):
        return all(values)
    middle = statistics.median(values)
    return round(middle, 3) if isinstance(middle, float) else middle
