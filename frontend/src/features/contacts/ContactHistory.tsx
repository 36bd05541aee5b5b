import { useState } from "react";

import { useContactChanges, type Change } from "../../api/changes";
import { Button } from "../../components/Button";
import { Problem } from "../../components/Problem";
import { Skeleton } from "../../components/Skeleton";
import { useFormat } from "../../lib/FormatContext";
import { FieldValue } from "./table/FieldValue";

const ACTIONS: Record<Change["action"], string> = {
  created: "Created",
  changed: "Changed",
  deleted: "Deleted",
  restored: "Restored",
  removed: "Removed for good",
  refused: "Refused",
};

function Entry({ change }: { readonly change: Change }) {
  const format = useFormat();
  return (
    <li className="ghl-history__entry" data-action={change.action}>
      <p className="ghl-history__head">
        <strong>{ACTIONS[change.action]}</strong>{" "}
        <time dateTime={change.changed_at}>{format.dateTime(change.changed_at)}</time>
      </p>
      <p className="ghl-history__why">{change.origin_text}</p>
      {change.reason && <p dir="auto">{change.reason}</p>}
      {change.fields.length > 0 && (
        <dl className="ghl-group__fields">
          {change.fields.map(({ field, label, before, after }) => (
            <div key={field}>
              <dt dir="auto">{label}</dt>
              <dd>
                <FieldValue value={before} /> → <FieldValue value={after} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {change.payload && (
        <details>
          <summary>What was sent</summary>
          <code className="ghl-json">{change.payload}</code>
        </details>
      )}
    </li>
  );
}

interface HistoryProps {
  readonly locationId: string;
  readonly contactId: string;
}

function Entries({ locationId, contactId }: HistoryProps) {
  const changes = useContactChanges(locationId, contactId);
  const entries = changes.data?.pages.flatMap((page) => page.changes) ?? [];
  if (changes.isPending) return <Skeleton />;
  return (
    <>
      {changes.error && (
        <Problem
          title="The history could not be read"
          error={changes.error}
          busy={changes.isFetching}
          onRetry={() => void changes.refetch()}
        />
      )}
      {!changes.error && entries.length === 0 && (
        <p className="ghl-history__why">
          Nothing is noted: it is as the first sync brought it, or the time for which changes
          are kept is over.
        </p>
      )}
      <ol className="ghl-history" aria-label="Changes">
        {entries.map((change) => (
          <Entry key={change.id} change={change} />
        ))}
      </ol>
      {changes.hasNextPage && (
        <Button busy={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>
          Show older changes
        </Button>
      )}
    </>
  );
}

/** Who changed a contact, when, from what to what; read once somebody asks. */
export function ContactHistory(props: HistoryProps) {
  const [open, setOpen] = useState(false);
  return (
    <section className="ghl-group">
      <h3 className="ghl-group__title">History</h3>
      {open ? (
        <Entries {...props} />
      ) : (
        <Button onClick={() => setOpen(true)}>Why is this contact so?</Button>
      )}
    </section>
  );
}
