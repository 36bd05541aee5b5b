"""The command line."""

import argparse
import ipaddress
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .dialects import DESCRIPTIONS
from .population import bad_kinds, parse_imports
from .settings import Settings, parse_limits, parse_seconds
from .web import jsonio
from .world.clock import to_ms
from .world.world import LocationSpec

# In the past on every machine: the vendor's newest date must not lie in the future,
# or a client that takes its watermark from the data would miss the next edits.
ANCHOR = "2025-01-01T00:00:00Z"
FLAGS = ("clean", "surrogates", "installed", "untouched")


@dataclass
class Options:
    """Options of the command line."""

    host: str
    port: int
    seed: str
    anchor: str
    settings: Settings
    locations: list[LocationSpec] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    webhook_urls: list[str] = field(default_factory=list)
    redirect_uris: list[str] = field(default_factory=list)
    ready_file: Path | None = None
    state_file: Path | None = None
    log_requests: bool = False

    def anchor_ms(self, kept: int | None) -> int:
        """The newest date of the population; ``now`` is what was "now" at first."""
        if self.anchor != "now":
            timestamp = to_ms(self.anchor)
            if timestamp is None:
                raise ValueError(f"--anchor {self.anchor!r} is no date.")
            return timestamp
        if kept is not None:
            return kept
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return int(today.timestamp() * 1000)


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; exits with a sentence when it makes no sense."""
    parser = _parser()
    known = parser.parse_args(arguments)
    if known.list_dialects:
        for name, text in DESCRIPTIONS.items():
            sys.stdout.write(f"{name:28} {text}\n")
        raise SystemExit(0)
    try:
        return _options(known)
    except ValueError as error:
        parser.error(str(error))


def _options(known: argparse.Namespace) -> Options:
    if not ipaddress.ip_address(known.host).is_loopback:
        raise ValueError("--host must be a loopback address.")
    limits = parse_limits(known.limits)
    limits.window, limits.retry_after = known.window, known.retry_after
    settings = Settings(
        latency=parse_seconds(known.latency),
        jitter=parse_seconds(known.jitter),
        lag=parse_seconds(known.lag),
        token_ttl=parse_seconds(known.token_ttl),
        refresh_grace=parse_seconds(known.refresh_grace),
        limits=limits,
        dialects=known.dialect,
    )
    locations = [location_spec(text) for text in known.location]
    if known.locations:
        locations += [LocationSpec(size=size) for size in sizes(known.locations)]
    for spec in locations or [LocationSpec()]:
        spec.clean = spec.clean or known.clean
    return Options(
        known.host,
        known.port,
        known.seed,
        known.anchor,
        settings,
        locations or [LocationSpec(clean=known.clean)],
        [jsonio.loads(text) for text in known.fault],
        known.webhook_url,
        known.redirect_uri,
        known.ready_file,
        known.state_file,
        known.log_requests,
    )


def sizes(text: str) -> list[int]:
    """``2431,187,11`` or ``50x2000`` -> one size for each location."""
    result = []
    for part in text.split(","):
        count, times, size = part.partition("x")
        result += [int(size)] * int(count) if times else [int(count)]
    return result


def location_spec(text: str) -> LocationSpec:
    """``name=North Gym:size=187:clean=1`` -> a recipe; ``ValueError`` when wrong."""
    spec = LocationSpec()
    known = {item.name for item in fields(LocationSpec)}
    for part in text.split(":"):
        key, found, value = part.partition("=")
        if not found or key not in known:
            raise ValueError(f"--location does not understand {part!r}.")
        if key == "bad":
            spec.bad = bad_kinds(value)
        elif key == "size":
            spec.size = int(value)
        elif key in FLAGS:
            setattr(spec, key, value not in ("0", "false", "no"))
        else:
            setattr(spec, key, value)
    parse_imports(spec.imports)
    return spec


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ghl_sandbox",
        description="A local server that behaves as GoHighLevel's API.",
    )
    add = parser.add_argument
    many: dict[str, Any] = {"action": "append", "default": []}
    add("--host", default="127.0.0.1", help="loopback address")
    add("--port", type=int, default=0, help="0 = any free one")
    add("--location", metavar="K=V:K=V", help="one location", **many)
    add("--locations", metavar="SIZES", default="", help="2431,187,11 or 50x2000")
    add("--clean", action="store_true", help="benchmark population")
    add("--seed", default="1", help="same seed, same contacts")
    add("--anchor", default=ANCHOR, help="newest generated date, or now")
    add("--latency", default="0", help="seconds, or 300ms")
    add("--jitter", default="0", help="random extra latency")
    add("--limits", default="100/10/200000", help="burst/seconds/day, or off")
    add("--window", choices=("fixed", "sliding"), default="fixed")
    add("--retry-after", action="store_true", help="429 carries Retry-After")
    add("--lag", default="0", help="seconds until search sees an edit")
    add("--dialect", choices=list(DESCRIPTIONS), metavar="NAME", **many)
    add("--list-dialects", action="store_true", help="show them and leave")
    add("--fault", metavar="JSON", help="a fault rule", **many)
    add("--webhook-url", metavar="URL", help="loopback only", **many)
    add("--redirect-uri", metavar="URL", help="allowed OAuth callback", **many)
    add("--token-ttl", default="86399", help="life of an access token")
    add("--refresh-grace", default="0", help="a used refresh token still works")
    add("--ready-file", type=Path, help="write the ready JSON there")
    add("--state-file", type=Path, help="keep credentials over restarts")
    add("--log-requests", action="store_true", help="one line a request on stderr")
    add("--quiet", action="store_true", help="accepted; being quiet is the default")
    return parser
