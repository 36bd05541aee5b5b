"""The text of the metrics, read by the parser of Prometheus' own client."""

import math
import re
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from ghl_contact_sync.tools.metrics.families import (
    COUNTER_COLUMNS,
    FAMILIES,
    PERCENTILES,
)
from ghl_contact_sync.tools.metrics.openmetrics import render

ROOT = Path(__file__).resolve().parents[4]
UNITS = {
    *("contacts", "requests", "runs", "issues", "connections", "alarms"),
    *("seconds", "bytes", "ratio"),
}


def read(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_every_family_is_read_as_it_was_meant():
    values = {"loc1": {one.name: 1.5 for one in FAMILIES}, "loc2": {}}
    found = read(render(FAMILIES, values))
    assert set(found) == {one.full_name for one in FAMILIES}
    for one in FAMILIES:
        family = found[one.full_name]
        assert (family.type, family.unit) == (one.kind, one.unit)
        assert family.documentation == one.text
        (sample,) = family.samples
        assert sample.name == one.sample_name
        assert sample.labels == {"location_id": "loc1"}
        assert sample.value == 1.5


def test_names_say_what_and_in_which_unit():
    for one in FAMILIES:
        assert re.fullmatch(r"odoo_ghl_[a-z0-9_]+_[a-z]+(_total)?", one.sample_name)
        assert one.unit in UNITS, one.name
        assert one.sample_name.endswith("_total") == (one.kind == "counter")
    assert len({one.name for one in FAMILIES}) == len(FAMILIES)
    assert {*COUNTER_COLUMNS, *PERCENTILES} <= {one.name for one in FAMILIES}


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_unknown_is_not_told(value):
    found = read(render(FAMILIES, {"loc": {"lag_seconds": value}}))
    assert not found["odoo_ghl_lag_seconds"].samples


@pytest.mark.parametrize("value", [0, 7, -3, 0.25, 1e-9, 1e300, 2**53 + 2, 0.1 + 0.2])
def test_numbers_come_back_as_they_were(value):
    found = read(render(FAMILIES, {"loc": {"lag_seconds": value}}))
    assert found["odoo_ghl_lag_seconds"].samples[0].value == value


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "ü {x}", "a\\nb", "# EOF"])
def test_any_id_is_a_label(name):
    found = read(render(FAMILIES, {name: {"lag_seconds": 1}}))
    sample = found["odoo_ghl_lag_seconds"].samples[0]
    assert sample.labels == {"location_id": name}


def test_no_location_is_a_text_as_well():
    assert all(not family.samples for family in read(render(FAMILIES, {})).values())


@pytest.mark.parametrize("name", ["dashboard.json", "alerts.yml", "../operations.md"])
def test_what_is_drawn_and_alarmed_on_is_told(name):
    text = (ROOT / "docs" / "monitoring" / name).read_text()
    asked = set(re.findall(r"odoo_ghl_[a-z0-9_]+", text))
    assert asked
    assert asked <= {one.sample_name for one in FAMILIES}


def test_every_metric_is_explained():
    text = (ROOT / "docs" / "operations.md").read_text()
    assert not [
        one.sample_name for one in FAMILIES if f"`{one.sample_name}`" not in text
    ]
