import { useAnalytics } from "../../api/analytics";
import { cardError } from "../../api/client";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { Problem } from "../../components/Problem";
import { Skeleton } from "../../components/Skeleton";
import type { Formatters } from "../../lib/format";
import { useFormat } from "../../lib/FormatContext";
import type { Sync, SyncState } from "../../lib/syncRun";
import { localMoments } from "../../lib/time/moments";
import { RUNS_URL, runUrl } from "../../lib/odoo";
import { plural } from "../../lib/text";

const STATES: Record<SyncState, readonly [label: string, tone: string]> = {
  queued: ["Queued", "neutral"],
  running: ["Running", "brand"],
  waiting: ["Waiting", "warning"],
  done: ["Done", "success"],
  failed: ["Failed", "danger"],
  cancelled: ["Cancelled", "neutral"],
};

const KINDS: Readonly<Record<Sync["kind"], string>> = {
  full: "Full",
  delta: "Changes",
  audit: "Contents",
  verify: "Verify",
};

const ORIGINS: Readonly<Record<Sync["origin"], string>> = {
  button: "by button",
  api: "by program",
  cron: "on schedule",
  threshold: "automatic",
  webhook: "by webhook",
  page: "from the page",
};

function took({ started_at, finished_at }: Sync, format: Formatters): string {
  if (!started_at || !finished_at) return "–";
  const seconds = (Date.parse(finished_at) - Date.parse(started_at)) / 1000;
  return seconds >= 0 ? format.duration(seconds) : "–";
}

function remark(run: Sync, format: Formatters): string | null {
  if (run.error) return localMoments(run.error, format);
  if (run.proof?.state === "not_proven")
    return `Not proven: ${localMoments(run.proof.message ?? "", format)}`;
  return run.proof?.state === "proven" ? "Proven complete" : null;
}

const FIGURES = [
  ["Seen", "contacts_seen"],
  ["Added", "contacts_created"],
  ["Updated", "contacts_updated"],
  ["Deleted", "contacts_deleted"],
  ["Requests", "requests_sent"],
  ["Retries", "retries"],
] as const;

function Run({ run }: { readonly run: Sync }) {
  const format = useFormat();
  const [label, tone] = STATES[run.state];
  const note = remark(run, format);
  return (
    <tr>
      <td className="ghl-run__when">
        <a href={runUrl(run.run_id)} target="_top" title="Open the sync run in Odoo">
          {format.dateTime(run.started_at) || "Not started"}
        </a>
      </td>
      <td>
        <span className="ghl-run__kind">{KINDS[run.kind]}</span>{" "}
        <span className="ghl-run__origin" title={run.origin_text}>
          {ORIGINS[run.origin]}
        </span>
      </td>
      <td>
        <span className={`ghl-badge ghl-badge--${tone}`}>{label}</span>
      </td>
      {FIGURES.map(([title, key]) => (
        <td key={key} className="ghl-run__figure" data-label={title}>
          {format.number(run[key])}
        </td>
      ))}
      <td className="ghl-run__figure" data-label="Took">
        {took(run, format)}
      </td>
      <td className="ghl-run__note" title={note ?? undefined}>
        {run.bad_records > 0 && (
          <a href={runUrl(run.run_id)} target="_top">
            {`${format.number(run.bad_records)} ${plural(run.bad_records, "issue", "issues")}`}
          </a>
        )}{" "}
        {note}
      </td>
    </tr>
  );
}

/** The runs of the location, latest first. */
export function RunHistory({ locationId }: { readonly locationId: string }) {
  const { data, isFetching, refetch, ...query } = useAnalytics(locationId);
  const format = useFormat();
  const error = cardError(query.error);
  if (error && !data) {
    return (
      <Problem
        title="The history could not be read"
        error={error}
        busy={isFetching}
        onRetry={() => void refetch()}
      />
    );
  }
  return (
    <Card
      title="Sync history"
      note={data && data.runs.length > 0 && `the last ${format.number(data.runs.length)}`}
      actions={
        <a className="ghl-button ghl-button--quiet" href={RUNS_URL} target="_top">
          All sync runs in Odoo
        </a>
      }
    >
      {!data && <Skeleton lines={6} label="Loading history" />}
      {data?.runs.length === 0 && <Empty title="No sync has run yet" />}
      {data && data.runs.length > 0 && (
        // Scrolls sideways on small screens, which must work without a pointer too.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="ghl-table-wrap" role="region" aria-label="Runs" tabIndex={0}>
          <table className="ghl-table ghl-table--runs" aria-label="Sync history">
            <thead>
              <tr>
                <th scope="col">Started</th>
                <th scope="col">Kind</th>
                <th scope="col">State</th>
                {FIGURES.map(([title]) => (
                  <th key={title} scope="col" className="ghl-run__figure">
                    {title}
                  </th>
                ))}
                <th scope="col" className="ghl-run__figure">
                  Took
                </th>
                <th scope="col">Remark</th>
              </tr>
            </thead>
            <tbody>
              {data.runs.map((run) => (
                <Run key={run.run_id} run={run} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
