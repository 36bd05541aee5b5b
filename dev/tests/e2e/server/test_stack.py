"""The servers that everything else is tried with can be relied on."""

import signal

import pytest

from stack.postgres import Postgres


@pytest.fixture
def postgres(tmp_path):
    """A PostgreSQL server of its own, which may be killed."""
    server = Postgres(tmp_path / "postgres")
    server.start()
    yield server
    server.remove()


def test_a_copied_database_gives_no_number_twice_after_a_crash(postgres):
    """PostgreSQL's own way to copy loses what sequences have given out since."""
    postgres.rows("CREATE DATABASE original")
    table = "CREATE TABLE rows (id serial PRIMARY KEY, word text)"
    postgres.rows(table, database="original")
    insert = "INSERT INTO rows (word) VALUES ('one'), ('two') RETURNING id"
    postgres.rows(insert, database="original")
    postgres.copy_database("original", "copy")
    assert postgres.rows(insert, database="copy") == [(3,), (4,)]
    postgres.stop(signal.SIGQUIT)
    postgres.start()
    ((first,), (second,)) = postgres.rows(insert, database="copy")
    assert second > first > 4
