"""A base for tests of transactions that meet: rows that are really committed."""

import logging
import secrets
from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL

from ..engine import transaction


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.texts = []

    def emit(self, record):
        text = record.getMessage()
        if record.exc_info:
            text += f" Traceback {record.exc_info}"
        self.texts.append((record.levelno, text))


class RaceCase(BaseCase):
    """One connection and one location, as other sessions see them."""

    def setUp(self):
        super().setUp()
        # Odoo holds it while tests run.
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        self.enterContext(patch.object(transaction.time, "sleep"))
        self.registry = Registry(get_db_name())
        self.connection_id = self.location_id = 0
        self.addCleanup(self.clean_up)
        with self.open() as env:
            connection = env["ghl.connection"].create(
                {"name": "Race", "private_token": "pit-" + secrets.token_hex(8)}
            )
            location = env["ghl.location"].create(
                {
                    "name": "Race",
                    "ghl_id": "loc" + secrets.token_hex(8),
                    "connection_id": connection.id,
                }
            )
            self.connection_id, self.location_id = connection.id, location.id

    def clean_up(self):
        with self.open() as env:
            self.location(env).exists().unlink()
            self.connection(env).exists().unlink()

    @contextmanager
    def open(self):
        """Yield an environment in a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"active_test": False})

    @contextmanager
    def begun(self):
        """Yield an environment whose snapshot is from now; others commit after that."""
        with self.open() as env:
            env.cr.execute("SELECT 1")
            yield env
            env.cr.rollback()

    def connection(self, env):
        return env["ghl.connection"].browse(self.connection_id)

    def location(self, env):
        return env["ghl.location"].browse(self.location_id)

    def change(self, record):
        """Have another transaction change a record, and commit that."""
        with self.open() as other:
            other.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = now() WHERE id = %s",
                    SQL.identifier(record._table),
                    record.id,
                )
            )

    def lose(self, record):
        """Write a record that another transaction has changed meanwhile.

        :raise SerializationFailure: always, and not by a statement that is logged
        """
        record.env.cr.execute("SELECT 1")
        self.change(record)
        record.env.cr.execute(
            SQL(
                "UPDATE %s SET write_date = now() WHERE id = %s",
                SQL.identifier(record._table),
                record.id,
            ),
            log_exceptions=False,
        )

    @contextmanager
    def logged(self):
        """Yield what is logged meanwhile: (level, text)."""
        handler, logger = Lines(), logging.getLogger()
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield handler.texts
        finally:
            logger.setLevel(level)
            logger.removeHandler(handler)

    @contextmanager
    def assert_quiet_loss(self, *secret):
        """Expect that the work loses, and that the log tells none of these."""
        with (
            self.logged() as lines,
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            yield
        told = "\n".join(text for _level, text in lines)
        for one in secret:
            self.assertNotIn(one, told)
