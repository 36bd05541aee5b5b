import type { ReactNode } from "react";

import type { LocationState } from "../../api/state";
import { ActionBar } from "../../components/ActionBar";
import { Icon } from "../../components/Icon";
import { useFormat } from "../../lib/FormatContext";
import type { Sync } from "../../lib/syncRun";
import { localMoments } from "../../lib/time/moments";
import { useNow } from "../../lib/time/useNow";
import { Ago } from "./Ago";
import { Figure } from "./Figure";
import { Notes, TONE_ICONS } from "./Notes";

/** When the schedule reads the location next, and why then. */
export interface NextSync {
  readonly at: string | null;
  readonly reason: string | null;
}

interface CoverageCardProps {
  readonly state: LocationState;
  readonly sync: Sync | null;
  readonly lastSync: string | null;
  readonly nextSync: NextSync;
  /** What is known of completeness and of contents, as facts of the list. */
  readonly promises: ReactNode;
  /** What the panel of the sync offers already: said once is enough. */
  readonly offered: readonly string[];
  readonly children: ReactNode;
}

/** Trouble is explained at once; how good news is known, on request. */
function StateDetail({ state }: { readonly state: LocationState }) {
  const format = useFormat();
  // The panel of the sync tells more of one that runs.
  if (!state.detail || state.code === "syncing") return null;
  const text = <p className="ghl-coverage__words">{localMoments(state.detail, format)}</p>;
  if (state.tone !== "success") return text;
  return (
    <details className="ghl-coverage__how">
      <summary>How this is known</summary>
      {text}
    </details>
  );
}

/** The headline: the one state of the location, its figures and what can be done. */
export function CoverageCard(props: CoverageCardProps) {
  const { state, sync, lastSync, nextSync, promises, offered, children } = props;
  const format = useFormat();
  const now = useNow(15_000);
  const actions = state.actions.filter(({ code }) => !offered.includes(code));
  return (
    <section className="ghl-card" aria-label="State of the mirror">
      <div className="ghl-coverage">
        <div className="ghl-coverage__main">
          <Figure state={state} sync={sync} />
          <p className="ghl-coverage__title" data-testid="state-title">
            {localMoments(state.title, format)}
          </p>
          <StateDetail state={state} />
          <ActionBar actions={actions} emphasis={state.tone === "danger"} />
        </div>
        <dl className="ghl-coverage__facts">
          <div>
            <dt>State</dt>
            <dd>
              <span className={`ghl-badge ghl-badge--${state.tone}`} data-testid="state">
                <Icon name={TONE_ICONS[state.tone]} />
                {state.label}
              </span>
              {state.since && (
                <span className="ghl-coverage__detail">
                  {state.tone === "success" && "proven "}
                  <Ago iso={state.since} now={now} />
                </span>
              )}
            </dd>
          </div>
          <div>
            <dt>Last sync</dt>
            <dd>{lastSync ? <Ago iso={lastSync} now={now} /> : "Never"}</dd>
          </div>
          {(nextSync.at ?? nextSync.reason) && (
            <div>
              <dt>Next sync</dt>
              <dd>
                {nextSync.at ? (
                  <time dateTime={nextSync.at} title={format.dateTime(nextSync.at)}>
                    {Date.parse(nextSync.at) > now ? format.moment(nextSync.at, now) : "About to begin"}
                  </time>
                ) : (
                  "—"
                )}
                {nextSync.reason && <span className="ghl-coverage__detail">{nextSync.reason}</span>}
              </dd>
            </div>
          )}
          {promises}
          {state.counts.ghl_total_at && (
            <div>
              <dt>GoHighLevel’s total</dt>
              <dd>
                asked <Ago iso={state.counts.ghl_total_at} now={now} />
              </dd>
            </div>
          )}
        </dl>
      </div>
      <Notes state={state} offered={offered} />
      {children}
    </section>
  );
}
