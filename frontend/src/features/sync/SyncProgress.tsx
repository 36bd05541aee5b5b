import { useCancelSync } from "../../api/orders";
import { syncPercent, type Sync } from "../../api/sync";
import { Progress } from "../../components/Bars";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { useFormat } from "../../lib/FormatContext";
import { syncFacts, syncSentence, syncTitle } from "./describe";

interface SyncProgressProps {
  readonly locationId: string;
  readonly sync: Sync;
  readonly canCancel: boolean;
}

/** A run under way, from the server's real counts. */
export function SyncProgress({ locationId, sync, canCancel }: SyncProgressProps) {
  const format = useFormat();
  const cancel = useCancelSync(locationId);
  // The order to cancel is obeyed after the page in hand: busy until the run has ended.
  const cancelling = cancel.isPending || cancel.data?.status === "cancelling";
  const percent = syncPercent(sync);
  const title = syncTitle(sync);
  const sentence = syncSentence(sync, format);
  const share = percent === null ? "" : format.percent(Math.floor(percent));
  return (
    <section className="ghl-card ghl-sync" aria-label="Running sync" data-state={sync.state}>
      <div className="ghl-sync__head">
        <div className="ghl-sync__words">
          <h2 className="ghl-sync__title">{title}</h2>
          <p className="ghl-sync__sentence">{sentence}</p>
        </div>
        <span className="ghl-sync__percent">{share}</span>
        {canCancel && (
          <Button onClick={() => cancel.mutate()} disabled={cancelling}>
            {cancelling ? "Cancelling…" : "Cancel"}
          </Button>
        )}
      </div>
      <Progress
        percent={percent}
        label={title}
        text={share ? `${share}. ${sentence}` : sentence}
        paused={sync.state !== "running"}
      />
      <dl className="ghl-facts">
        {syncFacts(sync, format).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {cancel.error && (
        <Notice tone="danger" title="The sync could not be cancelled">
          {cancel.error.message}
        </Notice>
      )}
    </section>
  );
}
