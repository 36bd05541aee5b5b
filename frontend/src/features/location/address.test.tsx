import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../../test/fakeBackend";
import { renderPage } from "../../test/renderPage";

function twoPlaces() {
  const backend = new FakeBackend();
  backend.addPlace("big", "Harbor", 2431, 11);
  backend.addPlace("small", "Dental", 187, 187);
  return backend;
}

describe("the location of the address", () => {
  it("shows no other location in place of the one that its address names", async () => {
    const backend = twoPlaces();
    const { user } = renderPage(backend, {
      search: "?location_id=archived&search=ann&tag=vip&page=3&review=1",
    });
    expect(await screen.findByText("The location of this address is not here")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Sync All Contacts" })).toBeNull();
    expect(backend.calls).toEqual(["GET /installed-locations"]);
    // Also the first of the list can be chosen, and begins with a view of its own.
    await user.selectOptions(screen.getByLabelText("Location"), "big");
    expect(await screen.findByTestId("coverage")).toBeVisible();
    expect(window.location.search).toBe("?location_id=big");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});
