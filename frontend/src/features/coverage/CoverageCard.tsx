import { isActive } from "../../api/sync";
import type { SyncStatus } from "../../api/syncStatus";
import { Meter } from "../../components/Bars";
import { Icon, type IconName } from "../../components/Icon";
import { coveragePercent } from "../../lib/coverage";
import type { Formatters } from "../../lib/format";
import { useFormat } from "../../lib/FormatContext";
import { plural } from "../../lib/text";
import { useNow } from "../../lib/useNow";
import { describeProof, type ProofView } from "./proof";

const ICONS: Record<ProofView["tone"], IconName> = {
  success: "shield",
  warning: "warning",
  neutral: "clock",
};

function explain({ contact_count, ghl_total, sync }: SyncStatus, format: Formatters): string {
  if (ghl_total === null)
    return "GoHighLevel's own total is not known yet. The first sync asks for it.";
  const gap = ghl_total - contact_count;
  const amount = format.number(Math.abs(gap));
  const noun = plural(Math.abs(gap), "contact", "contacts");
  if (gap < 0)
    return `The mirror holds ${amount} ${noun} more than GoHighLevel counts. A sync looks for deletions.`;
  if (gap === 0) return "The mirror holds as many contacts as GoHighLevel counts.";
  if (isActive(sync)) return `${amount} ${noun} still to come.`;
  return `${amount} ${noun} of this location ${plural(gap, "is", "are")} not mirrored yet.`;
}

interface CoverageCardProps {
  readonly status: SyncStatus;
  readonly lastSync: string | null;
}

/** The headline: what the mirror holds beside what GoHighLevel holds. */
export function CoverageCard({ status, lastSync }: CoverageCardProps) {
  const format = useFormat();
  const now = useNow(15_000);
  const { contact_count: count, ghl_total: total } = status;
  const percent = coveragePercent(count, total);
  const proof = describeProof(status, format, now);
  return (
    <section className="ghl-card ghl-coverage" aria-label="Coverage of the mirror">
      <div className="ghl-coverage__main">
        <p className="ghl-coverage__figure" data-testid="coverage">
          <strong className="ghl-coverage__count">{format.number(count)}</strong>
          {total !== null && (
            <span className="ghl-coverage__total"> of {format.number(total)}</span>
          )}
          <span className="ghl-coverage__unit">
            {` ${plural(total ?? count, "contact", "contacts")} mirrored`}
          </span>
          {percent !== null && (
            <>
              <span className="ghl-visually-hidden"> – </span>
              <span className="ghl-coverage__percent">{format.percent(percent)}</span>
            </>
          )}
        </p>
        {percent !== null && (
          <Meter
            percent={percent}
            label="Coverage"
            tone={percent === 100 ? "success" : "brand"}
          />
        )}
        <p className="ghl-coverage__words">{explain(status, format)}</p>
      </div>
      <dl className="ghl-coverage__facts">
        <div>
          <dt>Completeness</dt>
          <dd>
            <span className={`ghl-badge ghl-badge--${proof.tone}`} data-testid="proof">
              <Icon name={ICONS[proof.tone]} />
              {proof.label}
            </span>
            {proof.detail && <span className="ghl-coverage__detail">{proof.detail}</span>}
          </dd>
        </div>
        <div>
          <dt>Last sync</dt>
          <dd>
            {lastSync ? (
              <time dateTime={lastSync} title={format.dateTime(lastSync)}>
                {format.relative(lastSync, now)}
              </time>
            ) : (
              "Never"
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
}
