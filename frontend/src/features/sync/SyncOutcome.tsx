import { useState } from "react";

import type { Sync } from "../../api/sync";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { useFormat } from "../../lib/FormatContext";
import { syncOutcome } from "./describe";

interface SyncOutcomeProps {
  readonly sync: Sync;
  /** The end came while the page was open: a success is then worth a message. */
  readonly news: boolean;
  readonly retrying: boolean;
  /** Absent when the user may not order a sync. */
  readonly onRetry?: (() => void) | undefined;
}

/** How the last run ended: failures stay until they are dealt with or dismissed. */
export function SyncOutcome({ sync, news, retrying, onRetry }: SyncOutcomeProps) {
  const format = useFormat();
  const [dismissed, setDismissed] = useState<Sync["run_id"] | null>(null);
  if (dismissed === sync.run_id) return null;
  const dismiss = () => setDismissed(sync.run_id);
  const retry = onRetry && (
    <Button icon="refresh" busy={retrying} disabled={retrying} onClick={onRetry}>
      Retry
    </Button>
  );
  if (sync.state === "failed") {
    return (
      <Notice tone="danger" title="The sync failed" actions={retry} onDismiss={dismiss}>
        {sync.error ?? sync.message ?? "No reason was given."} What was read before is kept.
      </Notice>
    );
  }
  if (!news) return null;
  if (sync.state === "cancelled") {
    return (
      <Notice tone="info" title="The sync was cancelled" onDismiss={dismiss}>
        What was read before is kept: {syncOutcome(sync, format)}
      </Notice>
    );
  }
  // A scheduled look for changes is routine, and says so in the history alone.
  if (sync.state !== "done" || sync.kind === "delta") return null;
  return (
    <Notice tone="success" title="Sync complete" onDismiss={dismiss}>
      {syncOutcome(sync, format)}
    </Notice>
  );
}
