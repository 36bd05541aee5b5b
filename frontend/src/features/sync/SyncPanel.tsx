import type { ReactNode } from "react";

import type { LocationState } from "../../api/state";
import { ActionBar } from "../../components/ActionBar";
import { Icon, type IconName } from "../../components/Icon";
import type { Action } from "../../lib/action";
import { useFormat } from "../../lib/FormatContext";
import { isActive, type Sync } from "../../lib/syncRun";
import { localMoments } from "../../lib/time/moments";
import type { Formatters } from "../../lib/format";
import { kindNoun, syncFacts, syncOutcome, syncReason, syncSentence, syncTitle } from "./describe";
import type { Feedback } from "./feedback";
import { FeedbackLine } from "./FeedbackLine";
import { Waiting } from "./Waiting";

interface SyncPanelProps {
  readonly sync: Sync | null;
  /** The end came while the page was open. */
  readonly news: boolean;
  /** The state of the location: what it says is not said again. */
  readonly state: LocationState;
  readonly actions: readonly Action[];
  readonly feedback: Feedback | null;
}

interface View {
  readonly tone: "danger" | "success" | "warning" | "plain";
  readonly title: string;
  readonly sentence: ReactNode;
  readonly icon?: IconName;
}

function endView(sync: Sync, props: SyncPanelProps, format: Formatters): View {
  const outcome = syncOutcome(sync, format);
  if (sync.state === "failed") {
    const error = sync.error ?? sync.message ?? "No reason was given.";
    const repeated = `${props.state.title} ${props.state.detail ?? ""}`.includes(error);
    return {
      tone: "danger",
      icon: "warning",
      title: "The sync failed",
      sentence: `${repeated ? "" : `${localMoments(error, format)} `}What was read before is kept.`,
    };
  }
  if (sync.state === "cancelled") {
    return {
      tone: "plain",
      title: "The sync was cancelled",
      sentence: `What was read before is kept: ${outcome}`,
    };
  }
  // A scheduled look for changes, or at some contents, is routine, and no news.
  return props.news && sync.kind !== "delta" && sync.kind !== "audit"
    ? { tone: "success", icon: "check", title: "Sync complete", sentence: outcome }
    : { tone: "plain", title: `Last sync: ${kindNoun(sync.kind)}`, sentence: outcome };
}

function describe(props: SyncPanelProps, format: Formatters): View {
  const { sync } = props;
  if (!sync) {
    return {
      tone: "plain",
      title: "No sync has run yet",
      sentence: "“Sync All Contacts” reads every contact of this location.",
    };
  }
  if (!isActive(sync)) return endView(sync, props, format);
  const waiting = sync.state === "waiting";
  // The state says why it waits; here is how long. That nobody works on it is said there.
  const stuck = props.state.code === "no_worker";
  const told = stuck || (waiting && props.state.code === "waiting");
  return {
    tone: stuck || waiting || sync.activity ? "warning" : "plain",
    title: syncTitle(sync),
    sentence: (
      <>
        {!told && `${syncSentence(sync, format)} `}
        {waiting && !stuck && <Waiting sync={sync} />}
      </>
    ),
  };
}

/**
 * The sync of the location, while it runs and after. It is always there and keeps room
 * for its words, so that nothing below moves when a sync starts or ends.
 */
export function SyncPanel(props: SyncPanelProps) {
  const { sync, actions, feedback } = props;
  const format = useFormat();
  const { tone, title, sentence, icon } = describe(props, format);
  const running = sync !== null && isActive(sync);
  const why = running ? syncReason(sync) : null;
  // An order that joined is told why the sync runs: said once is enough.
  const reason = why && feedback?.text.includes(why) ? null : why;
  return (
    <section
      className={`ghl-sync ghl-sync--${tone}`}
      aria-label={running ? "Running sync" : "Last sync"}
      data-state={sync?.state ?? "none"}
    >
      <div className="ghl-sync__body">
        {/* A failure interrupts a screen reader; all else waits for its turn. */}
        <div role={sync?.state === "failed" ? "alert" : undefined}>
          <div className="ghl-sync__head">
            <h2 className="ghl-sync__title">
              {icon && <Icon name={icon} />}
              {title}
            </h2>
            <ActionBar actions={actions} />
          </div>
          <p className="ghl-sync__sentence">{sentence}</p>
        </div>
        {reason && <p className="ghl-sync__reason">{localMoments(reason, format)}</p>}
        <FeedbackLine feedback={feedback} />
      </div>
      <dl className="ghl-facts">
        {sync &&
          syncFacts(sync, format).map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
