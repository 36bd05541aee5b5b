"""Settings of the sandbox, given at start and changed at run time."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .dialects import Dialect, dialect_of


@dataclass
class Limits:
    """The rate limit of each location (or company); `day` is the daily window."""

    enabled: bool = True
    burst: int = 100
    interval: float = 10.0
    daily: int = 200_000
    day: float = 86_400.0
    window: str = "fixed"
    retry_after: bool = False


@dataclass
class Settings:
    """Behaviour of the server; times in seconds."""

    latency: float = 0.0
    jitter: float = 0.0
    lag: float = 0.0
    token_ttl: float = 86_399.0
    refresh_grace: float = 0.0
    clock_offset: float = 0.0
    limits: Limits = field(default_factory=Limits)
    dialects: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dialect: Dialect = dialect_of(self.dialects)

    def to_json(self) -> dict[str, Any]:
        """As shown by the control API."""
        return asdict(self)

    def patch(self, changes: dict[str, Any]) -> None:
        """Apply a partial change, or raise ``ValueError`` and change nothing."""
        known = {item.name: item.type for item in fields(self)}
        merged = self.to_json()
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"There is no setting {name!r}.")
            if name == "limits":
                merged["limits"] |= _checked_limits(value)
            elif name == "dialects":
                merged["dialects"] = list(value)
            else:
                merged[name] = float(value)
        dialect = dialect_of(merged["dialects"])
        merged["limits"] = Limits(**merged["limits"])
        for name, value in merged.items():
            setattr(self, name, value)
        self.dialect = dialect

    def effective_limits(self) -> Limits:
        """The limits in force, after what the dialect says of them."""
        limits = self.limits
        if not (self.dialect.sandbox_account or self.dialect.retry_after):
            return limits
        merged = asdict(limits)
        if self.dialect.sandbox_account:
            merged |= {"burst": 25, "interval": 10.0, "daily": 10_000}
        if self.dialect.retry_after:
            merged["retry_after"] = True
        return Limits(**merged)


def _checked_limits(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("limits must be an object.")
    known = {item.name for item in fields(Limits)}
    if unknown := set(value) - known:
        raise ValueError(f"There is no limit {sorted(unknown)[0]!r}.")
    if value.get("window", "fixed") not in ("fixed", "sliding"):
        raise ValueError("limits.window is 'fixed' or 'sliding'.")
    return value


def parse_seconds(text: str) -> float:
    """``0.3``, ``300ms`` or ``2s`` -> seconds."""
    text = text.strip().lower()
    if text.endswith("ms"):
        return float(text[:-2]) / 1000
    return float(text.removesuffix("s"))


def parse_limits(text: str) -> Limits:
    """``100/10/200000`` or ``off``; raises ``ValueError`` otherwise."""
    if text.strip().lower() == "off":
        return Limits(enabled=False)
    parts = text.split("/")
    if len(parts) not in (2, 3):
        raise ValueError(f"limits look like 100/10/200000 or off, not {text!r}")
    daily = int(parts[2]) if len(parts) == 3 else Limits.daily
    return Limits(burst=int(parts[0]), interval=parse_seconds(parts[1]), daily=daily)
