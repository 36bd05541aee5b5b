import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { URL_PUSHED } from "../lib/useUrlState";
import { FakeBackend } from "../test/fakeBackend";
import { renderPage } from "../test/renderPage";

function threePlaces() {
  const backend = new FakeBackend();
  backend.addPlace("big", "Harbor", 2431, 11);
  backend.addPlace("small", "Dental", 187, 187);
  backend.addPlace("odd", null, 0, 0);
  return backend;
}

describe("the page", () => {
  it("switches locations and remembers the choice in its address", async () => {
    const { user } = renderPage(threePlaces());
    const select = await screen.findByLabelText("Location");
    expect(select).toHaveValue("big");
    await user.selectOptions(select, "small");
    await waitFor(() =>
      expect(screen.getByTestId("coverage")).toHaveTextContent("187 of 187"),
    );
    expect(window.location.search).toBe("?location_id=small");
  });

  it("goes back to the tab and the location before", async () => {
    const { user } = renderPage(threePlaces());
    await user.selectOptions(await screen.findByLabelText("Location"), "small");
    await user.click(await screen.findByRole("tab", { name: "Sync history" }));
    window.history.back();
    await waitFor(() =>
      expect(screen.getByRole("tab", { name: "Contacts" })).toHaveAttribute(
        "aria-selected",
        "true",
      ),
    );
    expect(screen.getByLabelText("Location")).toHaveValue("small");
    window.history.back();
    await waitFor(() => expect(screen.getByLabelText("Location")).toHaveValue("big"));
  });

  it("leaves its steps to an Odoo around it that keeps them itself", async () => {
    const { user } = renderPage(threePlaces());
    const keep = (event: Event) => event.preventDefault();
    window.addEventListener(URL_PUSHED, keep);
    const tab = await screen.findByRole("tab", { name: "Sync history" });
    const entries = window.history.length;
    await user.click(tab);
    window.removeEventListener(URL_PUSHED, keep);
    expect(tab).toHaveAttribute("aria-selected", "true");
    expect(window.location.search).toContain("view=history");
    expect(window.history.length).toBe(entries);
  });

  it("opens the location of its address", async () => {
    renderPage(threePlaces(), { search: "?location_id=small" });
    expect(await screen.findByLabelText("Location")).toHaveValue("small");
  });

  it("calls a location without a name by its id, and an empty one empty", async () => {
    renderPage(threePlaces(), { search: "?location_id=odd" });
    expect(await screen.findByRole("option", { name: /^odd/ })).toBeInTheDocument();
    expect(await screen.findByText("This location has no contacts")).toBeVisible();
  });

  it("offers a search among many locations", async () => {
    const backend = new FakeBackend();
    for (let at = 0; at < 200; at++) backend.addPlace(`p${at}`, `Branch ${at}`, at, at);
    const { user } = renderPage(backend);
    const box = await screen.findByRole("combobox", { name: "Location" });
    await user.click(box);
    await user.keyboard("branch 137{Enter}");
    await waitFor(() =>
      expect(screen.getByTestId("coverage")).toHaveTextContent("137 of 137"),
    );
    expect(screen.getByRole("combobox", { name: "Location" })).toHaveValue("Branch 137");
  });

  it("reads the mirror again on Refresh", async () => {
    const backend = threePlaces();
    const { user } = renderPage(backend, { search: "?location_id=small" });
    await screen.findByText("1–10 of 187");
    backend.calls.length = 0;
    await user.click(screen.getByRole("button", { name: "Refresh" }));
    await waitFor(() => {
      const called = backend.calls.join("\n");
      expect(called).toContain("GET /location-contacts-optimized");
      expect(called).toContain("GET /sync-status");
      expect(called).toContain("GET /installed-locations");
    });
    expect(backend.calls.join("\n")).not.toContain("POST");
  });

  it("says what to do when nothing is connected", async () => {
    renderPage(new FakeBackend());
    expect(await screen.findByText("No location is connected yet")).toBeVisible();
  });

  it("leads to the log-in when the session has expired", async () => {
    const backend = threePlaces();
    backend.faults.push({
      path: "/sync-status",
      answer: {
        status: 401,
        body: { success: false, error: "Log in.", code: "unauthenticated" },
      },
    });
    renderPage(backend, { search: "?location_id=small" });
    const link = await screen.findByRole("link", { name: "Log in again" });
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    expect(link).toHaveAttribute(
      "href",
      `/web/login?redirect=${encodeURIComponent("/ghl/analytics?location_id=small")}`,
    );
  });

  it("says once that the server is away, and recovers", async () => {
    const backend = threePlaces();
    for (const path of ["/sync-status", "/location-contacts-optimized", "/location-analytics"])
      for (let time = 0; time < 4; time++) backend.faults.push({ path, answer: "down" });
    const { user } = renderPage(backend);
    expect(await screen.findByText("The server cannot be reached")).toBeVisible();
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(screen.getAllByText(/cannot be reached|could not be read/)).toHaveLength(1);
    backend.faults.length = 0;
    await user.click(screen.getByRole("button", { name: "Try Now" }));
    await waitFor(() =>
      expect(screen.queryByText("The server cannot be reached")).not.toBeInTheDocument(),
    );
  });

  it("tells a busy server from one that is away", async () => {
    const backend = threePlaces();
    const body = { success: false, error: "The database is busy.", code: "busy" };
    backend.faults.push({ path: "/sync-status", answer: { status: 503, body } });
    renderPage(backend);
    expect(await screen.findByText("The server is busy")).toBeVisible();
  });

  it("offers to reload when it is older than the server", async () => {
    const backend = threePlaces();
    for (let time = 0; time < 3; time++)
      backend.faults.push({
        path: "/sync-status",
        answer: { status: 200, body: { success: true, places: [] } },
      });
    renderPage(backend);
    expect(await screen.findByText("This page is older than the server")).toBeVisible();
    expect(screen.getByRole("button", { name: "Reload" })).toBeEnabled();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("learns from any answer that the server has a newer page", async () => {
    const backend = threePlaces();
    const { user } = renderPage(backend, { search: "?location_id=small" });
    await screen.findByText("1–10 of 187");
    backend.pageVersion = "newer";
    await user.click(screen.getByRole("button", { name: "Refresh" }));
    expect(await screen.findByText("This page is older than the server")).toBeVisible();
    expect(screen.getByTestId("coverage")).toBeVisible();
  });

  it("offers another try when the locations cannot be read", async () => {
    const backend = threePlaces();
    backend.faults.push({
      path: "/installed-locations",
      answer: { status: 403, body: { success: false, error: "Not for you.", code: "x" } },
    });
    const { user } = renderPage(backend);
    expect(await screen.findByRole("alert")).toHaveTextContent("Not for you.");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByTestId("coverage")).toBeVisible();
  });

  it("writes numbers in the user's language", async () => {
    renderPage(threePlaces(), { lang: "de_DE" });
    expect(await screen.findByTestId("coverage")).toHaveTextContent("11 of 2.431");
  });

  it("charts the mirror", async () => {
    const { user } = renderPage(threePlaces(), { search: "?location_id=small" });
    await user.click(await screen.findByRole("tab", { name: "Analytics" }));
    expect(await screen.findByRole("region", { name: "Growth" })).toBeVisible();
    expect(screen.getByText(/^Figures made/)).toBeVisible();
    expect(
      screen.getByText("Months by the calendar of Los Angeles (Pacific Time)"),
    ).toBeVisible();
    expect(screen.getByRole("table", { name: "Contacts by month" })).toBeInTheDocument();
    expect(screen.getByRole("region", { name: "Quality" })).toHaveTextContent(
      "187 contacts",
    );
    expect(window.location.search).toContain("view=analytics");
  });

  it("leads from a figure of the data quality to its contacts", async () => {
    const backend = threePlaces();
    const { user } = renderPage(backend, { search: "?location_id=small&view=analytics&page=3" });
    const card = await screen.findByRole("region", { name: "Data quality" });
    expect(await within(card).findByText("31.5 of 40")).toBeVisible();
    // The card beside it, which counts by other rules, does not tell them again.
    expect(screen.getAllByText("With a name")).toHaveLength(1);
    expect(screen.getByRole("region", { name: "Quality" })).not.toHaveTextContent(/shared/i);
    expect(within(card).queryByText("Stale")).not.toBeInTheDocument();
    await user.click(within(card).getByRole("button", { name: /^No phone: show/ }));
    expect(window.location.search).toContain("quality=phone_missing");
    const table = await screen.findByRole("table", { name: "Contacts" });
    await waitFor(() => expect(within(table).queryAllByText(/^\+\d[\d ]{6}/)).toHaveLength(0));
    await user.click(await screen.findByRole("button", { name: "No phone" }));
    expect(window.location.search).not.toContain("quality");
  });

  it("takes no figure from the address that it does not know", async () => {
    const backend = threePlaces();
    renderPage(backend, { search: "?location_id=small&quality=nonsense" });
    await screen.findByRole("table", { name: "Contacts" });
    expect(backend.calls.join()).not.toContain("nonsense");
  });

  it("lists the runs", async () => {
    const backend = threePlaces();
    const place = backend.places[1];
    if (place) {
      backend.order(place, "cron");
      backend.step(place, 500);
    }
    const { user } = renderPage(backend, { search: "?location_id=small" });
    await user.click(await screen.findByRole("tab", { name: "Sync history" }));
    const table = await screen.findByRole("table", { name: "Sync history" });
    expect(table).toHaveTextContent("Full on schedule");
    expect(table).toHaveTextContent("Proven complete");
    expect(within(table).getAllByRole("link")[0]).toHaveAttribute(
      "href",
      "/odoo/ghl-sync-runs/1",
    );
    expect(screen.getByRole("link", { name: "All sync runs in Odoo" })).toBeVisible();
  });
});
