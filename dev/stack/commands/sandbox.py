"""``make sandbox``: the GHL sandbox alone, with the demo's locations unless told."""

import os
import sys

import demo
from provision.shell import exit_with


def main(arguments: list[str]) -> None:
    """Become the sandbox; its own options, when given, replace the demo's."""
    if not arguments:
        arguments = ["--port", str(demo.number("PORT", 0, 0, 65535))]
        for name, size in demo.population():
            arguments += ["--location", f"name={name}:size={size}"]
    os.execv(sys.executable, [sys.executable, "-m", "ghl_sandbox", *arguments])


if __name__ == "__main__":
    exit_with(main, sys.argv[1:])
