import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../test/fakeBackend";
import type { Place } from "../test/place";
import { renderPage } from "../test/renderPage";

function setUp(mirrored = 11) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", 2431, mirrored);
  return { backend, place };
}

const syncButton = () => screen.findByRole("button", { name: "Sync All Contacts" });

describe("a sync on the page", () => {
  it("shows the mirror beside GoHighLevel's total", async () => {
    const { backend } = setUp();
    renderPage(backend);
    const coverage = await screen.findByTestId("coverage");
    expect(coverage).toHaveTextContent("11 of 2,431 contacts mirrored – 0.4%");
    expect(screen.getByRole("meter", { name: "Coverage" })).toHaveAttribute(
      "aria-valuenow",
      "0.4",
    );
    expect(screen.getByTestId("state")).toHaveTextContent("Incomplete");
    expect(screen.getAllByRole("meter")).toHaveLength(1);
    expect(screen.queryByRole("progressbar")).not.toBeInTheDocument();
  });

  it("is ordered by the button, shows real progress and ends by itself", async () => {
    const { backend, place } = setUp();
    const { user } = renderPage(backend);
    await user.click(await syncButton());
    expect(await screen.findByRole("heading", { name: "Sync queued" })).toBeVisible();
    expect(backend.calls).toContain("POST /sync-location-contacts");

    backend.step(place, 1000);
    await waitFor(() =>
      expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "41"),
    );
    // One bar and one share: of what is read now.
    expect(screen.queryByRole("meter")).not.toBeInTheDocument();
    expect(screen.getByTestId("coverage")).toHaveTextContent("– 41% read");
    const panel = screen.getByRole("region", { name: "Running sync" });
    expect(panel).toHaveTextContent("1,000 of 2,431");
    expect(panel).toHaveTextContent("412/s");
    expect(screen.getByTestId("coverage")).toHaveTextContent("1,000 of 2,431");

    backend.step(place, 2000);
    expect(await screen.findByText("Sync complete")).toBeVisible();
    expect(
      screen.getByText(/2,431 contacts read: 2,420 added, 11 unchanged/),
    ).toHaveTextContent("Proven complete.");
    expect(screen.getByTestId("coverage")).toHaveTextContent("2,431 of 2,431");
    expect(screen.getByTestId("state")).toHaveTextContent("Complete");
    expect(screen.queryByRole("progressbar")).not.toBeInTheDocument();
  });

  it("fills the table while contacts arrive", async () => {
    const { backend, place } = setUp(3);
    const { user } = renderPage(backend);
    await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(4));
    expect(
      screen.getByText(/7 contacts of this page are not mirrored yet/),
    ).toBeVisible();
    await user.click(await syncButton());
    expect(await screen.findByText(/7 contacts .* still arriving/)).toBeVisible();
    backend.step(place, 500);
    await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(11));
    expect(screen.queryByText(/still arriving/)).not.toBeInTheDocument();
  });

  it.each([
    ["a sync that came and went between two looks", (backend: FakeBackend, place: Place) => {
      backend.order(place);
      backend.step(place, 9_999);
    }],
    ["what webhooks brought", (_backend: FakeBackend, place: Place) => {
      place.mirrored -= 1;
    }],
  ])("reads the table again after %s", async (_what, change) => {
    const { backend, place } = setUp(2431);
    renderPage(backend);
    expect(await screen.findByText("1–10 of 2,431")).toBeVisible();
    const look = async () => {
      backend.calls.length = 0;
      window.dispatchEvent(new Event("visibilitychange"));
      await waitFor(() => expect(backend.calls.join()).toContain("/sync-status"));
    };
    await look();
    expect(backend.calls.join()).not.toContain("contacts-optimized");
    change(backend, place);
    await look();
    await waitFor(() => {
      expect(backend.calls.join()).toContain("contacts-optimized");
      expect(backend.calls.join()).toContain("/installed-locations");
    });
  });

  it("survives a reload in mid-sync", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 500);
    renderPage(backend);
    expect(await screen.findByRole("progressbar")).toHaveAttribute("aria-valuenow", "20");
    backend.step(place, 3000);
    expect(await screen.findByText("Sync complete")).toBeVisible();
  });

  it("shows a sync that the server began on its own", async () => {
    const { backend } = setUp();
    backend.smartSync = true;
    renderPage(backend);
    expect(await screen.findByRole("progressbar")).toBeVisible();
    expect(await screen.findByRole("heading", { name: "Sync queued" })).toBeVisible();
  });

  it("shows a failure in words and tries again on request", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.fail(place, "GoHighLevel refused the token.");
    const { user } = renderPage(backend);
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The sync failed");
    // The state of the location gives the cause: it is said once.
    expect(screen.getAllByText(/GoHighLevel refused the token/)).toHaveLength(1);
    expect(within(alert).getByRole("link", { name: "Open the Sync Run" })).toHaveAttribute(
      "href",
      "/odoo/ghl-sync-runs/1",
    );
    await user.click(within(alert).getByRole("button", { name: "Retry" }));
    expect(await screen.findByRole("heading", { name: "Sync queued" })).toBeVisible();
    expect(screen.queryByText("The sync failed")).not.toBeInTheDocument();
  });

  it("shows an order that was refused and repeats it on request", async () => {
    const { backend } = setUp();
    backend.faults.push({
      path: "/sync-location-contacts",
      answer: {
        status: 429,
        body: { success: false, error: "Too many syncs. Wait 20 s.", code: "rate" },
      },
    });
    const { user } = renderPage(backend);
    await user.click(await syncButton());
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("Too many syncs. Wait 20 s.");
    await user.click(within(alert).getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("progressbar")).toBeVisible();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("is cancelled by the user", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 300);
    const { user } = renderPage(backend);
    await user.click(await screen.findByRole("button", { name: "Cancel Sync" }));
    expect(await screen.findByText("The sync was cancelled")).toBeVisible();
    expect(backend.calls).toContain("POST /sync-cancel");
  });

  it("says that it joined the sync that runs, and why that one began", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 300);
    Object.assign(place.runs[0] ?? {}, { origin_text: "Started because Ada pressed Sync." });
    const { user } = renderPage(backend);
    const panel = await screen.findByRole("region", { name: "Running sync" });
    expect(panel).toHaveTextContent("Started because Ada pressed Sync.");
    await user.click(await syncButton());
    expect(
      await screen.findByText(/Your order joined the sync that is running/),
    ).toBeVisible();
    expect(panel).toHaveTextContent("Started because Ada pressed Sync.");
    expect(place.runs).toHaveLength(1);
  });

  it("says what follows the sync that runs", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    Object.assign(place.runs[0] ?? {}, { kind: "delta", follow_up_kind: "full" });
    renderPage(backend);
    expect(
      await screen.findByText(/A sync of all contacts was ordered meanwhile and follows/),
    ).toBeVisible();
  });

  it("forgets an order that failed as soon as a sync has run", async () => {
    const { backend, place } = setUp();
    const { user } = renderPage(backend);
    const button = await syncButton();
    backend.faults.push({ path: "/sync-location-contacts", answer: "down" });
    await user.click(button);
    expect(await screen.findByText(/The sync could not be started/)).toBeVisible();
    backend.order(place, "cron");
    backend.step(place, 3000);
    await user.click(screen.getByRole("button", { name: "Refresh" }));
    await waitFor(() =>
      expect(screen.getByTestId("coverage")).toHaveTextContent("2,431 of 2,431"),
    );
    expect(screen.queryByText(/could not be started/)).not.toBeInTheDocument();
  });

  it("never says “2,587 of 2,431”", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 1000);
    Object.assign(place.runs[0] ?? {}, { contacts_seen: 2587 });
    renderPage(backend);
    expect(await screen.findByText("2,587 (2,431 expected)")).toBeVisible();
  });

  it("cannot be ordered without the right to", async () => {
    const { backend } = setUp();
    renderPage(backend, { canSync: false });
    expect(await syncButton()).toBeDisabled();
  });
});
