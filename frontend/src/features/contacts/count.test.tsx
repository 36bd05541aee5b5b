import { screen, waitFor } from "@testing-library/react";
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
});
