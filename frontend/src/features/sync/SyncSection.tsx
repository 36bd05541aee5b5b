import { isActive } from "../../api/sync";
import type { SyncStatus } from "../../api/syncStatus";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { Announcer } from "./Announcer";
import { SyncOutcome } from "./SyncOutcome";
import { SyncProgress } from "./SyncProgress";
import { useSyncWatch } from "./useSyncWatch";

interface SyncSectionProps {
  readonly locationId: string;
  readonly status: SyncStatus;
  readonly canSync: boolean;
  readonly order: {
    readonly mutate: () => void;
    readonly reset: () => void;
    readonly isPending: boolean;
    readonly error: Error | null;
  };
}

/** Everything there is to say about a sync of the location, while it runs and after. */
export function SyncSection({ locationId, status, canSync, order }: SyncSectionProps) {
  const { sync } = status;
  const ended = useSyncWatch(locationId, sync);
  const start = () => order.mutate();
  const running = sync !== null && isActive(sync);
  return (
    <>
      <Announcer sync={sync} />
      {order.error && (
        <Notice
          tone="danger"
          title="The sync could not be started"
          onDismiss={order.reset}
          actions={
            <Button icon="refresh" busy={order.isPending} onClick={start}>
              Retry
            </Button>
          }
        >
          {order.error.message}
        </Notice>
      )}
      {running && (
        <SyncProgress
          key={sync.run_id}
          locationId={locationId}
          sync={sync}
          canCancel={canSync}
        />
      )}
      {sync && !running && !order.error && (
        <SyncOutcome
          sync={sync}
          news={ended === sync.run_id}
          retrying={order.isPending}
          onRetry={canSync ? start : undefined}
        />
      )}
    </>
  );
}
