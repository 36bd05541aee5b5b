import { parseDate } from "../locale";
import { useNow } from "./useNow";

const TICK_MS = 1_000;

/** Whole seconds until `iso`, ticking; 0 once it has passed, null without a moment. */
export function useCountdown(iso: string | null): number | null {
  const now = useNow(TICK_MS);
  const moment = parseDate(iso);
  return moment ? Math.max(0, Math.ceil((moment.getTime() - now) / 1000)) : null;
}
