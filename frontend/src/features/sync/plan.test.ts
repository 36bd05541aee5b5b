import { expect, test } from "vitest";

import { createFormatters } from "../../lib/format";
import { costSentence } from "./plan";

const format = createFormatters("en-US");

test("a cost that is not known is not told", () => {
  expect(costSentence({ requests: null, seconds: null, quota_percent: null }, format)).toBeNull();
});

test("what is known of a cost is told, and no more", () => {
  const cost = { requests: 1_234, seconds: null, quota_percent: null };
  expect(costSentence(cost, format)).toBe("About 1,234 requests");
  expect(costSentence({ ...cost, seconds: 130, quota_percent: 2.5 }, format)).toBe(
    "About 1,234 requests, 2 min 10 sec, 2.5% of what is left today",
  );
});

test("a small share is not told as nothing", () => {
  const cost = { requests: 2, seconds: 0.2, quota_percent: 0.001 };
  expect(costSentence(cost, format)).toBe(
    "About 2 requests, 1 sec, less than 0.1% of what is left today",
  );
});

test("more than is left is told as that, also where nothing is left", () => {
  const cost = { requests: 21, seconds: null, quota_percent: 2_100 };
  expect(costSentence(cost, format)).toBe("About 21 requests, more than is left today");
});
