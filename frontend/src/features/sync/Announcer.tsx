import { isActive, syncPercent, type Sync } from "../../api/sync";
import { useFormat } from "../../lib/FormatContext";
import { syncTitle } from "./describe";

/** Tells screen readers about a run in quarters: every second would be a torrent. */
export function Announcer({ sync }: { readonly sync: Sync | null }) {
  const format = useFormat();
  let words = "";
  if (sync && isActive(sync)) {
    const quarter = Math.floor((syncPercent(sync) ?? 0) / 25) * 25;
    words = quarter ? `${syncTitle(sync)}: ${format.percent(quarter)}` : syncTitle(sync);
  }
  return (
    <p className="ghl-visually-hidden" aria-live="polite">
      {words}
    </p>
  );
}
