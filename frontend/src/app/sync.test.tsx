import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../test/fakeBackend";
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
    expect(coverage).toHaveTextContent("11 of 2,431 contacts mirrored – 0.5%");
    expect(screen.getByRole("meter", { name: "Coverage" })).toHaveAttribute(
      "aria-valuenow",
      "0.5",
    );
    expect(screen.getByTestId("proof")).toHaveTextContent("Not proven yet");
  });

  it("is ordered by the button, shows real progress and ends by itself", async () => {
    const { backend, place } = setUp();
    const { user } = renderPage(backend);
    await user.click(await syncButton());
    expect(await screen.findByRole("heading", { name: "Sync queued" })).toBeVisible();
    expect(backend.calls).toContain("POST /sync-location-contacts");

    backend.step(place, 1000);
    const bar = screen.getByRole("progressbar");
    await waitFor(() => expect(bar).toHaveAttribute("aria-valuenow", "41"));
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
    expect(screen.getByTestId("proof")).toHaveTextContent("Complete, proven now");
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

  it("says why it waits, in the server's words", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    Object.assign(place.runs[0] ?? {}, {
      message: "No worker has picked this up for a minute: Odoo runs no cron threads.",
    });
    renderPage(backend);
    expect(await screen.findByText(/Odoo runs no cron threads/)).toBeVisible();
  });

  it("shows a failure in words and tries again on request", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.fail(place, "GoHighLevel refused the token.");
    const { user } = renderPage(backend);
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The sync failed");
    expect(alert).toHaveTextContent("GoHighLevel refused the token.");
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
    await user.click(within(alert).getByRole("button", { name: "Retry" }));
    expect(await screen.findByRole("progressbar")).toBeVisible();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("is cancelled by the user", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 300);
    const { user } = renderPage(backend);
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    expect(await screen.findByText("The sync was cancelled")).toBeVisible();
    expect(backend.calls).toContain("POST /sync-cancel");
  });

  it("joins the sync that runs instead of refusing the button", async () => {
    const { backend, place } = setUp();
    backend.order(place);
    backend.step(place, 300);
    const { user } = renderPage(backend);
    await user.click(await syncButton());
    expect(await screen.findByRole("progressbar")).toBeVisible();
    expect(place.runs).toHaveLength(1);
  });

  it("cannot be ordered without the right to", async () => {
    const { backend } = setUp();
    renderPage(backend, { canSync: false });
    expect(await syncButton()).toBeDisabled();
  });
});
