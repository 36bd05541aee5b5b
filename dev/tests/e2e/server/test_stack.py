"""The servers that everything else is tried with can be relied on."""

import signal

import psycopg2
import pytest

from stack.postgres import Postgres

# Fails so many times as a transaction does that PostgreSQL picks out of a deadlock. A
# sequence does not take back what it has given.
LOSE = """
    CREATE SEQUENCE tries;
    CREATE FUNCTION lose(times int, code text) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE number bigint := nextval('tries');
    BEGIN
        IF number <= times THEN RAISE EXCEPTION 'lost' USING ERRCODE = code; END IF;
        RETURN number;
    END $$
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """A PostgreSQL server of its own, which may be killed."""
    server = Postgres(tmp_path_factory.mktemp("stack") / "postgres")
    server.start()
    yield server
    server.remove()


def test_a_statement_that_lost_to_a_live_transaction_is_repeated(postgres):
    postgres.rows(LOSE)
    for code in ("40P01", "40001"):
        assert postgres.rows("SELECT lose(3, %s)", [code]) == [(4,)]
        postgres.rows("ALTER SEQUENCE tries RESTART")
    with pytest.raises(psycopg2.errors.DeadlockDetected):
        postgres.rows("SELECT lose(1000, '40P01')")
    # Only these: anything else would fail again, or be done twice.
    postgres.rows("ALTER SEQUENCE tries RESTART")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        postgres.rows("SELECT lose(1, '23505')")


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
