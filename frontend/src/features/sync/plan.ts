import type { Cost } from "../../contract/types.gen";
import type { Formatters } from "../../lib/format";

/** What an order would cost, in words; null while nothing is known of it. */
export function costSentence(cost: Cost, format: Formatters): string | null {
  if (cost.requests === null) return null;
  const parts = [`${format.number(cost.requests)} requests`];
  if (cost.seconds !== null) parts.push(format.duration(Math.max(1, cost.seconds)));
  if (cost.quota_percent !== null && cost.quota_percent > 100) parts.push("more than is left today");
  else if (cost.quota_percent !== null)
    parts.push(`${shareText(cost.quota_percent, format)} of what is left today`);
  return `About ${parts.join(", ")}`;
}

/** A small share is told as such: "0 %" would say that it costs nothing. */
function shareText(percent: number, format: Formatters): string {
  return percent < 0.1 ? `less than ${format.percent(0.1)}` : format.percent(percent);
}
