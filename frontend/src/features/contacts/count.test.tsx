import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../../test/fakeBackend";
import { renderPage } from "../../test/renderPage";

const SEARCH = "?location_id=loc1";

const range = () => screen.getByTestId("page-range");
const button = (name: string) => screen.getByRole("button", { name });

describe("a count that ended at a bound", () => {
  it("counts all that a filter finds once it is asked to", async () => {
    const backend = new FakeBackend();
    backend.countLimit = 95;
    backend.addPlace("loc1", "Harbor", 187, 187);
    const { user } = renderPage(backend, { search: `${SEARCH}&search=e` });
    await waitFor(() => expect(range()).toHaveTextContent("1–10 of 95+"));
    expect(button("Last page")).toBeDisabled();
    const body = { success: false, error: "Not now.", code: "bad_request", actions: [] };
    const path = "/location-contacts-optimized";
    backend.faults.push({ path, answer: { status: 400, body } });
    await user.click(button("Count all"));
    const again = await screen.findByRole("button", { name: "Count all again" });
    expect(range()).toHaveTextContent("1–10 of 95+");
    await user.click(again);
    await waitFor(() => expect(range()).toHaveTextContent(/1–10 of 1\d\d$/));
    expect(screen.queryByRole("button", { name: /Count all/ })).not.toBeInTheDocument();
    // It is a count of these: the next page keeps it, another filter does not.
    await user.click(button("Last page"));
    await waitFor(() => expect(range()).toHaveTextContent(/^1\d1–1\d\d of 1\d\d$/));
    await user.type(screen.getByLabelText("Search contacts"), "{Backspace}a");
    await waitFor(() => expect(range()).toHaveTextContent("1–10 of 95+"));
    expect(button("Count all")).toBeEnabled();
  });

  it("holds only as long as the mirror stays as it was", async () => {
    const backend = new FakeBackend();
    backend.countLimit = 20;
    const place = backend.addPlace("loc1", "Harbor", 187, 120);
    const { user } = renderPage(backend, { search: `${SEARCH}&search=e` });
    await user.click(await screen.findByRole("button", { name: "Count all" }));
    await waitFor(() => expect(range()).toHaveTextContent(/^1–10 of \d+$/));
    const before = range().textContent;
    place.mirrored = 187;
    await user.click(button("Last page"));
    await waitFor(() => expect(range()).toHaveTextContent("of 20+"));
    expect(button("Next page")).toBeEnabled();
    await user.click(button("Count all"));
    await waitFor(() => expect(range()).toHaveTextContent(/of 1\d\d$/));
    expect(range()).not.toHaveTextContent(before.replace("1–10", ""));
  });

  it("is taken anew once a run has ended", async () => {
    const backend = new FakeBackend();
    backend.countLimit = 20;
    const place = backend.addPlace("loc1", "Harbor", 187, 187);
    const { user } = renderPage(backend, { search: `${SEARCH}&owner=u2` });
    const counts = () => backend.calls.filter((call) => call.includes("count_limit=0")).length;
    await user.click(await screen.findByRole("button", { name: "Count all" }));
    await waitFor(() => expect(counts()).toBe(1));
    await user.click(button("Sync All Contacts"));
    await screen.findByRole("heading", { name: "Sync queued" });
    backend.step(place, 1_000);
    await waitFor(() => expect(counts()).toBe(2));
  });

  it("says how it ended, and keeps the focus", async () => {
    const backend = new FakeBackend();
    backend.countLimit = 20;
    backend.addPlace("loc1", "Harbor", 187, 187);
    const { user } = renderPage(backend, { search: `${SEARCH}&search=e` });
    const counter = await screen.findByRole("button", { name: "Count all" });
    const pager = within(screen.getByRole("navigation", { name: "Pages of contacts" }));
    const told = pager.getByRole("status");
    expect(told).toBeEmptyDOMElement();
    const body = { success: false, error: "Not now.", code: "bad_request", actions: [] };
    backend.faults.push({ path: "/location-contacts-optimized", answer: { status: 400, body } });
    counter.focus();
    await user.keyboard("{Enter}");
    expect(await screen.findByRole("button", { name: "Count all again" })).toHaveFocus();
    expect(told).toHaveTextContent("The count failed");
    // It is asked for again after a second.
    backend.faults.push({ path: "/location-contacts-optimized", answer: "down" });
    await user.keyboard("{Enter}");
    const busy = await screen.findByRole("button", { name: "Counting…" });
    expect(busy).toHaveFocus();
    expect(busy).toHaveAttribute("aria-disabled", "true");
    expect(told).toBeEmptyDOMElement();
    await waitFor(() => expect(told).toHaveTextContent(/^1\d\d contacts match$/));
    expect(range()).toHaveFocus();
  });
});
