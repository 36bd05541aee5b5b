import { describe, expect, it } from "vitest";

import type { Contact } from "../../../api/contacts";
import { population } from "../../../test/population";
import { doNotDisturb } from "./doNotDisturb";

function contact(dnd: boolean, ...blocked: (boolean | null)[]): Contact {
  const [one] = population(1);
  if (!one) throw new Error("nobody");
  const dnd_settings = blocked.map((closed, at) => ({
    channel: `Channel ${at}`,
    blocked: closed,
    text: "",
    reason: null,
  }));
  return { ...one, dnd, dnd_settings };
}

describe("do not disturb", () => {
  it.each([
    ["the switch alone", contact(true), "Yes, on all channels"],
    ["nothing", contact(false), null],
    ["the switch, and channels of which nothing is known", contact(true, null), "Yes, on all channels"],
    ["the switch, though all channels are open", contact(true, false, false), null],
    ["a closed channel without the switch", contact(false, true, false), "On some channels"],
    ["closed channels alone", contact(false, true, true, null), "Yes, on all channels listed"],
    ["closed channels and the switch", contact(true, true, true), "Yes, on all channels"],
  ])("of %s", (_of, about, words) => {
    expect(doNotDisturb(about)).toBe(words);
  });
});
