import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../test/fakeBackend";
import { renderPage } from "../test/renderPage";

function setUp(mirrored = 11) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", 2431, mirrored);
  return { backend, place };
}

const syncButton = () => screen.findByRole("button", { name: "Sync All Contacts" });

describe("what the page says before and while a sync waits", () => {
  it("says what happens while GoHighLevel refuses", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 100);
    renderPage(backend);
    await screen.findByRole("region", { name: "Running sync" });
    Object.assign(place.runs[0] ?? {}, {
      requests_sent: 32,
      retries: 24,
      activity: { text: "GoHighLevel answers 503, try 4 of 8, next in 8 s", attempt: 4 },
    });
    expect(await screen.findByText(/answers 503, try 4 of 8/)).toBeVisible();
    expect(screen.getByRole("region", { name: "Running sync" })).toHaveTextContent("Retries24");
  });

  it("counts down to the moment at which a run goes on, and tries at once", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.wait(place, "The day's requests are used up until 2026-11-25 20:46:56 UTC.", 8000);
    const { user } = renderPage(backend);
    const panel = await screen.findByRole("region", { name: "Running sync" });
    // In the reader's zone, Brussels, and language.
    expect(panel).toHaveTextContent("used up until Nov 25, 2026, 9:46 PM");
    expect(panel).not.toHaveTextContent("UTC");
    expect(within(panel).getByRole("timer")).toHaveTextContent("2 hr 13 min");
    await user.click(within(panel).getByRole("button", { name: "Try Now" }));
    expect(await screen.findByText(/is asked once more now/)).toBeVisible();
    expect(backend.calls).toContain("POST /sync-resume");
  });

  it("says why it waits, in the server's words", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    Object.assign(place.runs[0] ?? {}, {
      message: "No worker has picked this up for a minute: Odoo runs no cron threads.",
    });
    renderPage(backend);
    expect(await screen.findByText(/Odoo runs no cron threads/)).toBeVisible();
  });

  it("tells beside the button what an order would cost, once that is known", async () => {
    const { backend, place } = setUp();
    const unknown = { requests: null, seconds: null, quota_percent: null };
    const cost = { requests: 21, seconds: 4, quota_percent: 0.5 };
    renderPage(backend);
    await syncButton();
    expect(screen.queryByTestId("cost")).not.toBeInTheDocument();
    place.plan = {
      quota: {
        limit: 10_000,
        left: 4_200,
        for_background: 4_100,
        used: 5_800,
        used_by_others: 0,
        resets_at: null,
        spent_until: null,
      },
      costs: { full: cost, delta: unknown, verify: unknown, audit: unknown },
      choice: { kind: "full", reason: "Nothing was read yet." },
      text: "Sync All Contacts: about 21 requests",
    };
    renderPage(backend);
    expect(await screen.findByTestId("cost")).toHaveTextContent(
      "About 21 requests, 4 sec, 0.5% of what is left today",
    );
  });
});
