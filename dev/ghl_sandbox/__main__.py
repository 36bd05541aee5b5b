"""``python -m ghl_sandbox``."""

import asyncio
import sys

from .cli import parse
from .server import serve


def main() -> int:
    """Run the sandbox; the exit code."""
    try:
        return asyncio.run(serve(parse(sys.argv[1:])))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
