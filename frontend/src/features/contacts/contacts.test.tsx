import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../../test/fakeBackend";
import { renderPage } from "../../test/renderPage";

const SEARCH = "?location_id=loc1";
const EVERY_FILTER = "search=zzz&tag=none+such&owner=nobody&quality=stale";

async function setUp(size = 187, search = SEARCH) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", size, size);
  const page = renderPage(backend, { search });
  await screen.findByTestId("page-range");
  return { backend, place, ...page };
}

const range = () => screen.getByTestId("page-range");
const button = (name: string) => screen.getByRole("button", { name });
const contacts = () => within(screen.getByRole("table", { name: "Contacts" }));


function firstRow(): HTMLElement {
  const row = contacts().getAllByRole("row")[1];
  if (!row) throw new Error("the table is empty");
  return row;
}

describe("the table of contacts", () => {
  it("pages to the end and back", async () => {
    const { user } = await setUp();
    expect(range()).toHaveTextContent("1–10 of 187");
    expect(button("First page")).toBeDisabled();
    expect(button("Previous page")).toBeDisabled();
    await user.click(button("Next page"));
    await waitFor(() => expect(range()).toHaveTextContent("11–20 of 187"));
    await user.click(button("Last page"));
    await waitFor(() => expect(range()).toHaveTextContent("181–187 of 187"));
    await waitFor(() => expect(contacts().getAllByRole("row")).toHaveLength(8));
    expect(button("Next page")).toBeDisabled();
    await user.click(button("First page"));
    await waitFor(() => expect(range()).toHaveTextContent("1–10 of 187"));
  });

  it("changes the page size", async () => {
    const { user } = await setUp();
    await user.selectOptions(screen.getByLabelText("Rows per page"), "50");
    await waitFor(() => expect(contacts().getAllByRole("row")).toHaveLength(51));
    expect(window.location.search).toContain("limit=50");
  });

  it("sorts by a click on a header", async () => {
    const { user, backend } = await setUp();
    expect(screen.getByRole("columnheader", { name: "Added" })).toHaveAttribute(
      "aria-sort",
      "descending",
    );
    await user.click(button("Name"));
    await waitFor(() =>
      expect(screen.getByRole("columnheader", { name: "Name" })).toHaveAttribute(
        "aria-sort",
        "ascending",
      ),
    );
    await user.click(button("Name"));
    await waitFor(() =>
      expect(backend.calls.at(-1)).toContain("sort=name&order=desc"),
    );
  });

  it("says when more match than were counted", async () => {
    const { user, backend } = await setUp();
    backend.countLimit = 40;
    await user.type(screen.getByLabelText("Search contacts"), "e");
    await waitFor(() => expect(range()).toHaveTextContent("1–10 of 40+"));
    // Where the last page is, nobody knows.
    expect(button("Last page")).toBeDisabled();
    for (const last of [20, 30, 40, 50]) {
      await user.click(button("Next page"));
      await waitFor(() => expect(range()).toHaveTextContent(`–${last} of 40+`));
    }
  });

  it("reads a page again until GoHighLevel has told its total", async () => {
    const { user, backend } = await setUp();
    const reads = () => backend.calls.filter((call) => call.includes("contacts-optimized")).length;
    const before = reads();
    backend.pendingAnswers = 2;
    await user.click(button("Next page"));
    await waitFor(() => expect(reads()).toBe(before + 3), { timeout: 8_000 });
  });

  it("searches once typing has paused, and clears", async () => {
    const { user, backend } = await setUp();
    backend.calls.length = 0;
    await user.type(screen.getByLabelText("Search contacts"), "chloé");
    await waitFor(() => expect(range()).not.toHaveTextContent("187"));
    // By POST: what is searched for stands in no address and no log.
    const searches = backend.calls.filter((call) => call.includes("contacts-optimized"));
    expect(searches).toEqual(["POST /location-contacts-optimized"]);
    await user.click(button("Clear filters"));
    await waitFor(() => expect(range()).toHaveTextContent("of 187"));
    expect(screen.getByLabelText("Search contacts")).toHaveValue("");
  });

  it("filters by owner and says when nothing matches", async () => {
    const { user, backend } = await setUp();
    await screen.findByRole("option", { name: /Sam Whitfield/ });
    await user.selectOptions(screen.getByLabelText("Owner"), "u2");
    await waitFor(() => expect(backend.calls.at(-1)).toContain("selected_user=u2"));
    await user.type(screen.getByLabelText("Search contacts"), "nobody at all");
    expect(await screen.findByText("No contact matches")).toBeVisible();
    expect(range()).toHaveTextContent("0 of 0");
  });

  it("goes to the last page when its own is gone", async () => {
    await setUp(25, `${SEARCH}&page=90`);
    await waitFor(() => expect(range()).toHaveTextContent("21–25 of 25"));
  });

  it("goes back to rows when its page is behind the end of more than were counted", async () => {
    const backend = new FakeBackend();
    backend.countLimit = 95;
    backend.addPlace("loc1", "Harbor", 187, 187);
    const seen: string[] = [];
    const watcher = new MutationObserver(() => seen.push(document.body.textContent));
    watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
    const { user } = renderPage(backend, { search: `${SEARCH}&search=e&page=5000` });
    await waitFor(() => expect(range()).toHaveTextContent("81–90 of 95+"));
    watcher.disconnect();
    expect(contacts().getAllByRole("row")).toHaveLength(11);
    expect(window.location.search).toMatch(/page=9$/);
    // It was never said that nothing matches, not even for a moment.
    expect(seen.join()).not.toMatch(/No contact matches|49,990/);
    await user.click(button("Next page"));
    await waitFor(() => expect(range()).toHaveTextContent("91–100 of 95+"));
  });

  it.each(["search=zzz", "tag=none+such", "owner=nobody", "quality=stale", EVERY_FILTER])(
    "clears all filters under an empty list: %s",
    async (filters) => {
      const { user, backend } = await setUp(187, `${SEARCH}&${filters}`);
      backend.calls.length = 0;
      const empty = await screen.findByText("No contact matches");
      const card = empty.closest<HTMLElement>(".ghl-empty");
      if (!card) throw new Error("no card says so");
      await user.click(within(card).getByRole("button", { name: "Clear filters" }));
      await waitFor(() => expect(range()).toHaveTextContent("1–10 of 187"));
      expect(window.location.search).not.toMatch(/search=|tag=|owner=|quality=/);
      expect(screen.queryByRole("button", { name: "Clear filters" })).not.toBeInTheDocument();
      expect(screen.getByLabelText("Search contacts")).toHaveValue("");
    },
  );

  it("shows messy contacts decently", async () => {
    await setUp(50, `${SEARCH}&limit=50`);
    expect(contacts().getByRole("button", { name: "(no name)" })).toBeVisible();
    expect(contacts().getByText("+4998")).toBeVisible();
    expect(contacts().getByText("0000-00-00T00:00:00Z")).toBeVisible();
  });

  it("opens all fields of a contact, by pointer or keyboard", async () => {
    const { user } = await setUp();
    button("Tagged Ted").focus();
    await user.keyboard("{Enter}");
    const drawer = screen.getByRole("dialog", { name: "Contact Tagged Ted" });
    expect(drawer).toHaveTextContent("Custom fields (5)");
    expect(drawer).toHaveTextContent("front.png");
    expect(drawer).toHaveTextContent("5 Main Street");
    await user.click(within(drawer).getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    await user.click(contacts().getByText("elif.fontaine.5@example.com"));
    expect(screen.getByRole("dialog", { name: "Contact Tagged Ted" })).toBeVisible();
  });

  it("writes zones, channels and dates as people read them", async () => {
    const { user } = await setUp();
    await user.click(contacts().getByText("zoë+tag@exämple.com"));
    const drawer = screen.getByRole("dialog");
    expect(drawer).toHaveTextContent("Brussels (Central European Time)");
    expect(drawer).toHaveTextContent("Do not disturbOn some channels");
    expect(drawer).toHaveTextContent("CallsDo not disturb: Asked by phone");
    expect(drawer).toHaveTextContent("Text messagesAllowed");
    expect(drawer).toHaveTextContent("BirthdayFeb 28, 1990");
  });

  it("shows further addresses and numbers", async () => {
    const { user } = await setUp();
    await user.click(firstRow());
    const drawer = screen.getByRole("dialog");
    expect(within(drawer).getByRole("link", { name: "second.0@example.com" })).toBeVisible();
    expect(within(drawer).getByRole("link", { name: "+32 2 555 01 02" })).toHaveAttribute(
      "href",
      "tel:+3225550102",
    );
  });

  it("goes back step by step: drawer, search, page", async () => {
    const { user } = await setUp();
    await user.click(button("Next page"));
    await waitFor(() => expect(range()).toHaveTextContent("11–20 of 187"));
    await user.type(screen.getByLabelText("Search contacts"), "chloé");
    await waitFor(() => expect(range()).toHaveTextContent(/of 1\d$/));
    await user.click(firstRow());
    expect(screen.getByRole("dialog")).toBeVisible();
    window.history.back();
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    expect(screen.getByLabelText("Search contacts")).toHaveValue("chloé");
    window.history.back();
    await waitFor(() => expect(range()).toHaveTextContent("11–20 of 187"));
    expect(screen.getByLabelText("Search contacts")).toHaveValue("");
    window.history.back();
    await waitFor(() => expect(range()).toHaveTextContent("1–10 of 187"));
  });

  it("finds the contacts that share a tag", async () => {
    const { user, backend } = await setUp();
    await user.click(contacts().getByText("elif.fontaine.5@example.com"));
    await user.click(button("tag number 3"));
    await waitFor(() => expect(range()).toHaveTextContent("1 of 1"));
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(backend.calls.some((call) => call.includes("tag=tag+number+3"))).toBe(true);
    expect(screen.getByLabelText("Tag")).toHaveValue("tag number 3");
  });

  it("takes a tag that is not among the commonest", async () => {
    const { user, backend } = await setUp();
    const box = await screen.findByRole("combobox", { name: "Tag" });
    await waitFor(() => expect(box).not.toHaveProperty("tagName", "SELECT"));
    await user.click(screen.getByRole("combobox", { name: "Tag" }));
    await user.keyboard("tag number 4321{Enter}");
    await waitFor(() => expect(backend.calls.at(-1)).toContain("tag=tag+number+4321"));
  });

  it("keeps a failed read apart from an empty list", async () => {
    const backend = new FakeBackend();
    backend.addPlace("loc1", "Harbor", 20, 20);
    backend.faults.push({
      path: "/location-contacts-optimized",
      answer: { status: 400, body: { success: false, error: "Bad page.", code: "x" } },
    });
    const { user } = renderPage(backend, { search: SEARCH });
    expect(await screen.findByRole("alert")).toHaveTextContent("Bad page.");
    await user.click(button("Try again"));
    expect(await screen.findByTestId("page-range")).toHaveTextContent("1–10 of 20");
  });
});
