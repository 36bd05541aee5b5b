import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { Promises } from "./Promises";

const audit = { promised_days: 7, last_at: null, next_at: null, drifted: 0, drift: {} };

function show(part: Partial<Parameters<typeof Promises>[0]["status"]>) {
  const status = { proven_complete_at: null, content_as_of: null, audit, ...part };
  render(<Promises status={status} />);
}

describe("Promises", () => {
  it("says apart when nobody was missing, and since when contents were read", () => {
    show({
      proven_complete_at: "2026-11-23T08:00:00Z",
      content_as_of: "2026-11-20T08:00:00Z",
      audit: { ...audit, drifted: 12, drift: { opportunities: 12 } },
    });
    const nobody = screen.getByTestId("nobody-missing");
    expect(nobody.querySelector("time")).toHaveAttribute("datetime", "2026-11-23T08:00:00Z");
    const contents = screen.getByTestId("contents-read");
    expect(contents.querySelector("time")).toHaveAttribute("datetime", "2026-11-20T08:00:00Z");
    expect(contents).toHaveTextContent("again within 7 days");
    expect(contents).toHaveTextContent("12 had changed without a new date");
  });

  it("claims nothing that is not known", () => {
    show({ audit: { ...audit, promised_days: null } });
    expect(screen.getByTestId("nobody-missing")).toHaveTextContent("Not proven yet");
    expect(screen.getByTestId("contents-read")).toHaveTextContent("Not all were read");
    expect(screen.getByTestId("contents-read")).not.toHaveTextContent("within");
  });
});
