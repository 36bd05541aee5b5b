import { useFormat } from "../../lib/FormatContext";
import type { Sync } from "../../lib/syncRun";
import { useCountdown } from "../../lib/time/useCountdown";

/** When a run that waits goes on, in the reader's own time, and what happens until then. */
export function Waiting({ sync }: { readonly sync: Sync }) {
  const format = useFormat();
  const seconds = useCountdown(sync.resume_at);
  if (sync.resume_at === null || seconds === null)
    return <>It goes on by itself as soon as GoHighLevel allows it.</>;
  if (seconds === 0) return <>It goes on within a minute.</>;
  return (
    <>
      It goes on by itself at{" "}
      <time dateTime={sync.resume_at}>{format.moment(sync.resume_at)}</time>, in{" "}
      <span className="ghl-countdown" role="timer" aria-live="off">
        {format.duration(seconds)}
      </span>
      . “Try Now” asks GoHighLevel once.
    </>
  );
}
