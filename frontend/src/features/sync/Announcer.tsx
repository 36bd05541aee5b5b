import type { LocationState } from "../../api/state";
import { useFormat } from "../../lib/FormatContext";
import { isActive, syncPercent, type Sync } from "../../lib/syncRun";
import { syncTitle } from "./describe";

interface AnnouncerProps {
  readonly sync: Sync | null;
  readonly state: LocationState;
}

/** Tells screen readers of changes of state, and of a run in quarters: no torrent. */
export function Announcer({ sync, state }: AnnouncerProps) {
  const format = useFormat();
  let words = `State: ${state.label}`;
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
