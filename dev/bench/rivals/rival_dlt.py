"""dlt: its ``rest_api`` source into PostgreSQL, merged by id, without nested tables.

Run as a program, in an environment of its own; ``BENCH_ORDER`` names the file that says
what to do. What dlt extracts, normalises and loads is timed; importing it is not.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import quote

order = json.loads(Path(os.environ["BENCH_ORDER"]).read_text())
sys.path.insert(0, order["dev"])
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["DLT_DATA_DIR"] = order["folder"]

import dlt  # noqa: E402
from dlt.destinations import postgres  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402

from bench.clock import Stopwatch  # noqa: E402

DATASET = "bench"


def source():
    """Return the vendor's search as dlt's declarative source."""
    made = rest_api_source(
        {
            "client": {
                "base_url": f"{order['url']}/",
                "auth": {"type": "bearer", "token": order["token"]},
                "headers": {"Version": "2021-07-28"},
            },
            "resources": [
                {
                    "name": "contacts",
                    "primary_key": "id",
                    "write_disposition": {"disposition": "merge", "strategy": "upsert"},
                    "endpoint": {
                        "path": "contacts/search",
                        "method": "POST",
                        "json": {
                            "locationId": order["location"],
                            "pageLimit": order["page"],
                        },
                        "data_selector": "contacts",
                        "paginator": {
                            "type": "cursor",
                            "cursor_path": "contacts[-1].searchAfter",
                            "cursor_body_path": "searchAfter",
                        },
                    },
                }
            ],
        }
    )
    made.max_table_nesting = 0
    return made


def main() -> None:
    """Fill a fresh dataset and say how long it took."""
    shutil.rmtree(order["folder"], ignore_errors=True)
    user, password, host, port, database = (
        quote(os.environ.get(f"PG{name}", ""), safe="")
        for name in ("USER", "PASSWORD", "HOST", "PORT", "DATABASE")
    )
    address = f"postgresql://{user}:{password}@{host}:{port or 5432}/{database}"
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=order["folder"],
        destination=postgres(credentials=address),
        dataset_name=DATASET,
    )
    with pipeline.sql_client() as client, client.with_staging_dataset():
        client.execute_sql(f"DROP SCHEMA IF EXISTS {DATASET} CASCADE")
        client.execute_sql(f"DROP SCHEMA IF EXISTS {DATASET}_staging CASCADE")
    with Stopwatch() as watch:
        pipeline.run(source()).raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        rows = client.execute_sql(f"SELECT count(*) FROM {DATASET}.contacts")
    result = {"seconds": watch.seconds, "cpu": watch.cpu, "stored": rows[0][0]}
    Path(order["result"]).write_text(
        json.dumps({**result, "contacts": order["contacts"]})
    )


if __name__ == "__main__":
    main()
