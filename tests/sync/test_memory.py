from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.mirror.merge import Merger
from ...tools.errors import GhlPayloadError
from ...tools.ghl.client import GhlClient
from ..sandbox import SandboxCase

ENGINE_LOGGER = "odoo.addons.ghl_contact_sync.engine.runner"


@tagged("post_install", "-at_install")
class TestMemory(SandboxCase):
    """A server that is short of memory is late, and loses nothing."""

    def test_a_process_without_memory_pauses_the_run(self):
        location = self.connect(40)
        merge = Merger.merge_batches
        with (
            patch.object(Merger, "merge_batches") as broken,
            mute_logger(ENGINE_LOGGER),
        ):
            broken.side_effect = MemoryError
            run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("waiting", "memory_short"))
        self.assertIn("memory", run.error)
        self.assertTrue(run.resume_at)
        self.assertIs(Merger.merge_batches, merge)
        run.resume_at = False
        run.state = "queued"
        self.assertProven(self.sync(location))
        self.assertMirrors(location)

    def test_pages_too_large_for_the_memory_become_smaller(self):
        location = self.connect(300)
        sizes = []
        original = GhlClient.search

        def search(client, **kw):
            page = original(client, **kw)
            sizes.append(page.count)
            if page.count > 100:
                raise GhlPayloadError(
                    "GoHighLevel's answer is larger than this server's memory.",
                    code="too_large",
                    retryable=False,
                )
            return page

        with patch.object(GhlClient, "search", search):
            run = self.sync(location)
        self.assertProven(run)
        self.assertMirrors(location)
        self.assertGreater(max(sizes), 100)

    def test_without_any_thread_a_sync_is_done(self):
        def refuse(*_args):
            raise RuntimeError("can't start new thread")

        location = self.connect(300)
        start = "odoo.addons.ghl_contact_sync.tools.process.workers._thread"
        with patch(f"{start}.start_new_thread", side_effect=refuse):
            run = self.sync(location)
        self.assertProven(run)
        self.assertMirrors(location)
