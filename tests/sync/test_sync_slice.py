"""A slice renews tokens that are refused, and commits step by step."""

from itertools import count
from unittest.mock import patch

from psycopg2 import errorcodes, errors

from odoo.tests.common import tagged

from ...engine.slice import vendor_calls
from ...engine.slice.slice import MAX_SECONDS, REST_PATIENCE, SliceOver, SyncSlice
from ...engine.slice.vendor_calls import MAX_RENEWALS
from ...tools.errors import GhlAuthError
from ...tools.rate_limit.strands import Strands
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestSyncSlice(GhlCommon):
    def setUp(self):
        super().setUp()
        self.slice = SyncSlice(self.env["ghl.sync.run"], self.location)
        self.addCleanup(self.slice.close)
        tokens = (f"token-{number}" for number in count())
        self.renew = self.startPatcher(
            patch.object(
                vendor_calls,
                "renew_access_token",
                side_effect=lambda *_: next(tokens),
            )
        )

    def refuse(self, times):
        """Return a call that is refused so many times."""
        left = [GhlAuthError("Invalid JWT")] * times

        def call(_client):
            if left:
                raise left.pop()
            return "answer"

        return call

    def test_a_token_that_is_refused_again_is_renewed_again(self):
        self.assertEqual(self.slice.call(self.refuse(MAX_RENEWALS)), "answer")
        self.assertEqual(self.renew.call_count, MAX_RENEWALS)
        answers = self.slice.gather({"one": self.refuse(2), "two": self.refuse(0)})
        self.assertEqual(answers, {"one": "answer", "two": "answer"})

    def test_new_tokens_that_never_help_are_no_endless_loop(self):
        with self.assertRaises(GhlAuthError):
            self.slice.call(self.refuse(100))
        self.assertEqual(self.renew.call_count, MAX_RENEWALS)

    def test_without_another_token_there_is_one_more_try(self):
        self.renew.side_effect = lambda *_: None
        self.assertEqual(self.slice.call(self.refuse(1)), "answer")
        with self.assertRaises(GhlAuthError):
            self.slice.call(self.refuse(1))


class Conflict(errors.SerializationFailure):
    """As PostgreSQL raises it, which a test cannot have it do to itself."""

    pgcode = errorcodes.SERIALIZATION_FAILURE


@tagged("post_install", "-at_install")
class TestPuttingOff(GhlCommon):
    """Small writes go with the next commit, and are neither lost nor done twice."""

    def setUp(self):
        super().setUp()
        self.slice = SyncSlice(self.env["ghl.sync.run"], self.location)
        self.addCleanup(self.slice.close)
        self.slice.vendor.tally.min_latency = 0.0
        self.done = []
        self.outcomes = []
        cron = self.env["ir.cron"]
        self.startPatcher(
            patch.object(type(cron), "_commit_progress", side_effect=self.commit)
        )
        self.startPatcher(patch.object(self.env.cr, "rollback"))

    def commit(self, *_args, **_options):
        outcome = self.outcomes.pop(0) if self.outcomes else 10.0
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def note(self, word):
        return lambda: self.done.append(word)

    def test_it_is_done_once_before_what_follows(self):
        self.slice.defer(self.note("one"))
        self.slice.defer(self.note("two"))
        self.assertFalse(self.done)
        self.slice.commit(self.note("page"))
        self.slice.commit(self.note("next"))
        self.assertEqual(self.done, ["one", "two", "page", "next"])

    def test_a_conflict_undoes_and_repeats_it_too(self):
        self.outcomes = [Conflict()]
        self.slice.defer(self.note("one"))
        self.slice.commit(self.note("page"))
        self.assertEqual(self.done, ["one", "page"] * 2)

    def test_what_ends_the_slice_does_without_it(self):
        self.slice.defer(self.note("one"))
        self.slice.discard_deferred()
        self.slice.save(self.note("end"))
        self.assertEqual(self.done, ["end"])

    def test_with_slow_answers_it_is_committed_before_the_next_is_awaited(self):
        self.slice.vendor.tally.min_latency = 1.0
        self.slice.defer(self.note("one"))
        self.assertFalse(self.done)
        answers = iter([False, True])
        self.slice.pool.wait(lambda: next(answers))
        self.assertEqual(self.done, ["one"])


@tagged("post_install", "-at_install")
class TestEndOfSlice(GhlCommon):
    """Where the limit takes the time, a slice ends while it lets nothing pass."""

    def setUp(self):
        super().setUp()
        self.slice = SyncSlice(self.env["ghl.sync.run"], self.location)
        self.addCleanup(self.slice.close)
        self.startPatcher(
            patch.object(SyncSlice, "_committed", side_effect=lambda *_: (None, 0.0))
        )
        self.awaited = self.startPatcher(
            patch.object(SyncSlice, "_is_awaited", return_value=True)
        )
        self.may_rest = self.startPatcher(
            patch.object(Strands, "may_rest", return_value=False)
        )

    def ends(self):
        try:
            self.slice.commit()
        except SliceOver:
            return True
        return False

    def test_it_goes_on_while_nobody_waits(self):
        self.awaited.return_value = False
        self.may_rest.return_value = True
        self.assertFalse(self.ends())
        self.slice._began -= MAX_SECONDS + 1
        self.assertTrue(self.ends())

    def test_others_wait_until_no_slot_passes_unused(self):
        self.assertFalse(self.ends())
        self.may_rest.return_value = True
        self.assertTrue(self.ends())

    def test_what_was_asked_for_before_its_time_is_not_given_away(self):
        self.may_rest.return_value = True
        self.slice.prefetched["counts"] = "answers"
        self.assertFalse(self.ends())
        del self.slice.prefetched["counts"]
        self.assertTrue(self.ends())

    def test_others_do_not_wait_for_ever(self):
        self.slice.prefetched["counts"] = "answers"
        self.assertFalse(self.ends())
        self.slice._over_since -= REST_PATIENCE
        self.assertTrue(self.ends())

    def test_who_waits_anew_is_asked_for_the_same_patience(self):
        self.assertFalse(self.ends())
        self.slice._over_since -= REST_PATIENCE
        self.awaited.return_value = False
        self.assertFalse(self.ends())
        self.awaited.return_value = True
        self.assertFalse(self.ends())
