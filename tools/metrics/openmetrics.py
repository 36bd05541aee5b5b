"""Figures as OpenMetrics text, the form that Prometheus and its kin read.

https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PREFIX = "odoo_ghl_"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric of all locations.

    :param name: ends with its unit; without the prefix, and without ``_total``
    :param kind: ``counter`` or ``gauge``
    """

    name: str
    kind: str
    text: str

    @property
    def full_name(self) -> str:
        """Return the name as it is told."""
        return PREFIX + self.name

    @property
    def sample_name(self) -> str:
        """Return the name of its samples: what a query asks for."""
        suffix = "_total" if self.kind == "counter" else ""
        return self.full_name + suffix

    @property
    def unit(self) -> str:
        """Return what is counted or measured."""
        return self.name.rpartition("_")[2]


def render(
    families: Iterable[Family],
    values: Mapping[str, Mapping[str, float | None]],
) -> str:
    """Return the text of all families, with its end.

    :param values: {location id: {name of the family: value}}; what is None or missing
        is unknown, and is not told
    """
    labels = [
        (f'{{location_id="{_escape(location_id)}"}}', told)
        for location_id, told in values.items()
    ]
    lines = []
    for family in families:
        name = family.full_name
        lines.append(f"# TYPE {name} {family.kind}")
        lines.append(f"# UNIT {name} {family.unit}")
        lines.append(f"# HELP {name} {_escape(family.text)}")
        for label, told in labels:
            value = told.get(family.name)
            if value is not None and math.isfinite(value):
                lines.append(f"{family.sample_name}{label} {_number(value)}")
    lines.append("# EOF\n")
    return "\n".join(lines)


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(float(value))


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
