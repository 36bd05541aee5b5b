"""Files, folders and links that the documents name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "dev").glob("*/*.md")]
)
LAYERS = "controllers|models|engine|tools|dev|docs|views|data|security|frontend|static"
PATH = re.compile(rf"`((?:{LAYERS}|tests|migrations|i18n)/[\w./*-]*|\w+\.py)`")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def by_name(name):
    """Yield the files of that name, of the addon and of what develops it."""
    for layer in ("controllers", "models", "engine", "tools", "tests"):
        yield from (ROOT / layer).rglob(name)
    yield from ROOT.glob(name)
    yield from (ROOT / "dev" / "tests").rglob(name)
    yield from (ROOT / "dev").glob(f"*/{name}")


def documents():
    # The changelog tells of files as they were.
    return [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_file_that_is_named_is_there(document):
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.S | re.M)
    missing = [
        name
        for name in PATH.findall(text)
        if not any(ROOT.glob(name) if "/" in name else by_name(name))
    ]
    assert not missing


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    links = LINK.findall(document.read_text())
    assert not [link for link in links if not (document.parent / link).exists()]


def test_the_rooms_of_each_floor_are_those_that_are_there():
    text = (ROOT / "docs" / "architecture.md").read_text()
    drawn = text.split("The rooms of each floor:\n\n")[1].split("\nBeside them")[0]
    # A floor begins with its name; what follows the room's name is told of it.
    floors = re.split(r"^    (\w+)/ +", drawn, flags=re.M)[1:]
    named = dict(zip(floors[::2], floors[1::2], strict=True))
    assert set(named) == {"models", "engine", "tools"}
    for floor, told in named.items():
        lines = told.splitlines()
        if floor == "models":
            rooms = set(re.findall(r"\w+", told))
        else:
            rooms = {line.split()[0].rstrip("/") for line in lines if line.strip()}
            rooms = {room for room in rooms if not room.endswith(".py")}
        there = {path.parent.name for path in (ROOT / floor).glob("*/*.py")}
        assert rooms == there, floor
