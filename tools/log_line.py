"""The form of every log line of ours: ``event=… key=value …`` (logfmt).

docs/operations.md lists the events, and a test holds both against each other.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .correlation import current_id
from .redact import redact

_PLAIN = re.compile(r"[\w.:/+-]+")


def log_line(event: str, trace: str | None = None, **facts: Any) -> str:
    """Return one line: what happened, to what, and by which order (`correlation_id`).

    Texts are masked, since an error may quote what it met; what is unknown stays out.

    :param event: a name in snake case, as the documentation lists it
    :param trace: a traceback, which follows on lines of its own
    """
    facts.setdefault("correlation_id", current_id())
    told = [
        f"{name}={_value(value)}" for name, value in facts.items() if value is not None
    ]
    line = " ".join([f"event={event}", *told])
    return f"{line}\n{redact(trace)}" if trace else line


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    text = redact(value)
    if _PLAIN.fullmatch(text):
        return text
    # Quoted as in JSON: neither a blank nor a line break ends the value.
    return json.dumps(text, ensure_ascii=False)
