import type { LocationState } from "../../api/state";
import { isActive, syncPercent } from "../../lib/syncRun";
import { Meter, Progress } from "../../components/Bars";
import { Unknown } from "../../components/Unknown";
import { useFormat } from "../../lib/FormatContext";
import type { Sync } from "../../lib/syncRun";
import { plural } from "../../lib/text";

interface FigureProps {
  readonly state: LocationState;
  readonly sync: Sync | null;
}

/** The figure at the end of the line: one share at a time, of what the bar shows. */
function useShare({ state, sync }: FigureProps): string | null {
  const format = useFormat();
  const { difference, coverage } = state.counts;
  if (sync && isActive(sync)) {
    const percent = syncPercent(sync);
    return percent === null ? null : `${format.percent(Math.floor(percent))} read`;
  }
  if (difference !== null && difference > 0)
    return `${format.number(difference)} more than GoHighLevel has`;
  return coverage === null ? null : format.percent(coverage);
}

/** Words take more room than a share, and are no triumph. */
function kindOf({ counts }: LocationState, sync: Sync | null): "share" | "surplus" {
  return !isActive(sync) && (counts.difference ?? 0) > 0 ? "surplus" : "share";
}

/** The one bar: the run's way while it reads, else how much of GoHighLevel is here. */
function Bar({ state, sync }: FigureProps) {
  const share = useShare({ state, sync });
  const { difference, coverage } = state.counts;
  if (sync && isActive(sync)) {
    return (
      <Progress
        percent={syncPercent(sync)}
        label="Progress of the sync"
        text={share ?? "Not known yet"}
        paused={sync.state !== "running"}
      />
    );
  }
  const tooMany = difference !== null && difference > 0;
  if (coverage === null && !tooMany) return <div className="ghl-bar ghl-bar--none" />;
  const tone = state.tone === "success" ? "success" : "brand";
  return (
    <Meter
      percent={tooMany ? 100 : (coverage ?? 0)}
      label="Coverage"
      tone={tooMany ? "warning" : tone}
      {...(tooMany && share ? { text: share } : {})}
    />
  );
}

/** What the mirror holds beside what GoHighLevel holds; what is not known is no zero. */
export function Figure({ state, sync }: FigureProps) {
  const format = useFormat();
  const share = useShare({ state, sync });
  const { mirrored, ghl_total: total } = state.counts;
  return (
    <>
      <p className="ghl-coverage__figure" data-testid="coverage">
        <strong className="ghl-coverage__count">
          {mirrored === null ? <Unknown /> : format.number(mirrored)}
        </strong>
        <span className="ghl-coverage__total">
          {" of "}
          {total === null ? <Unknown /> : format.number(total)}
        </span>
        <span className="ghl-coverage__unit">
          {` ${plural(total ?? mirrored ?? 0, "contact", "contacts")} mirrored`}
        </span>
        {share !== null && (
          <>
            <span className="ghl-visually-hidden"> – </span>
            <span className="ghl-coverage__percent" data-kind={kindOf(state, sync)}>
              {share}
            </span>
          </>
        )}
      </p>
      <Bar state={state} sync={sync} />
    </>
  );
}
