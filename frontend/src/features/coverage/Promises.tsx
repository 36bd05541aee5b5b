import type { SyncStatus } from "../../api/syncStatus";
import { useFormat } from "../../lib/FormatContext";
import { plural } from "../../lib/text";
import { useNow } from "../../lib/time/useNow";
import { Ago } from "./Ago";

interface PromisesProps {
  readonly status: Pick<SyncStatus, "proven_complete_at" | "content_as_of" | "audit">;
}

/** Two promises, said apart: nobody is missing, and how old contents may be. */
export function Promises({ status }: PromisesProps) {
  const format = useFormat();
  const now = useNow(15_000);
  const { proven_complete_at: proven, content_as_of: read, audit } = status;
  return (
    <>
      <div data-testid="nobody-missing">
        <dt>Nobody missing</dt>
        <dd>{proven ? <Ago iso={proven} now={now} /> : "Not proven yet"}</dd>
      </div>
      <div data-testid="contents-read">
        <dt>Contents read since</dt>
        <dd>
          {read ? <Ago iso={read} now={now} /> : "Not all were read"}
          {audit.promised_days !== null && (
            <span className="ghl-coverage__detail">
              again within {format.number(audit.promised_days)}{" "}
              {plural(audit.promised_days, "day", "days")}
            </span>
          )}
          {audit.drifted > 0 && (
            <span className="ghl-coverage__detail">
              {format.number(audit.drifted)} had changed without a new date: repaired
            </span>
          )}
        </dd>
      </div>
    </>
  );
}
