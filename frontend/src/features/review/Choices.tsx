import { useId, useState } from "react";

import type { Decision, DeletionReview } from "../../api/review";
import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import type { Formatters } from "../../lib/format";
import { useFormat } from "../../lib/FormatContext";
import { plural } from "../../lib/text";
import { ConfirmAccept } from "./ConfirmAccept";

const CHOICES = [
  [
    "verify",
    "Verify again",
    "Forgets what was found and looks again; if they are still gone, you are asked again.",
  ],
  [
    "keep",
    "Keep them",
    "They stay in the mirror, and nobody is asked about them again.",
  ],
  [
    "accept",
    "Accept the deletions",
    "Each contact of this list is asked for once more; the ones that GoHighLevel denies are archived in Odoo.",
  ],
] as const satisfies readonly (readonly [Decision, string, string])[];

const DONE: Readonly<Record<string, string>> = {
  accept:
    "The deletions are accepted. GoHighLevel is asked for each one in the background; what it denies is archived.",
  keep: "The contacts are kept.",
  verify: "A verification looks again for them.",
};

const OVER: Readonly<Record<string, string>> = {
  expired: "The question has expired: a new sync looks again, and asks again if need be.",
  superseded: "A later sync asks anew: its list has replaced this one.",
  void: "None of these contacts is missing any more: there is nothing to decide.",
};

const VERBS: Readonly<Record<string, string>> = {
  accept: "accepted",
  keep: "chosen to keep them",
  verify: "asked to verify again",
};

function decidedText(review: DeletionReview, format: Formatters): string {
  const what = VERBS[review.decision ?? ""] ?? "decided";
  const who = review.decided_by ?? "Somebody";
  const when = review.decided_at ? `, ${format.dateTime(review.decided_at)}` : "";
  return `${who} has ${what}${when}.`;
}

function look(decision: Decision, locked: boolean): string {
  if (locked) return "ghl-button--off";
  return decision === "accept" ? "ghl-button--danger" : "";
}

interface ChoicesProps {
  readonly review: DeletionReview;
  readonly pending: Decision | null;
  readonly decided: Decision | null;
  readonly error: Error | null;
  readonly onDecide: (decision: Decision) => void;
}

/** What can be decided, and what each choice does. */
export function Choices({ review, pending, decided, error, onDecide }: ChoicesProps) {
  const format = useFormat();
  const askId = useId();
  const [confirming, setConfirming] = useState(false);
  if (decided) return <Notice tone="success" title={DONE[decided] ?? "Decided."} />;
  const failure = error && (
    <Notice tone="danger" title="The decision could not be stored">
      {error.message}
    </Notice>
  );
  if (review.decision) {
    // Every verification leaves kept contacts out, but the one that is ordered here.
    const again = review.decisions.includes("verify") && (
      <Button busy={pending === "verify"} onClick={() => pending ?? onDecide("verify")}>
        Verify again
      </Button>
    );
    return (
      <>
        <Notice tone="info" title={decidedText(review, format)} actions={again} />
        {failure}
      </>
    );
  }
  const over = OVER[review.state];
  if (over) return <Notice tone="info" title={over} />;
  const locked = !review.can_decide;
  const choose = (decision: Decision) =>
    decision === "accept" ? setConfirming(true) : onDecide(decision);
  const { count } = review;
  return (
    <>
      <ul className="ghl-review__choices">
        {CHOICES.map(([decision, label, effect]) => (
          <li key={decision}>
            <Button
              busy={pending === decision}
              aria-disabled={locked || pending !== null}
              aria-describedby={locked ? askId : undefined}
              onClick={() => !locked && pending === null && choose(decision)}
              className={look(decision, locked)}
            >
              {label}
            </Button>
            <p>{effect}</p>
          </li>
        ))}
      </ul>
      {locked && (
        <p id={askId} className="ghl-review__ask">
          {review.ask ?? "Ask an administrator of GoHighLevel in Odoo to decide."}
        </p>
      )}
      {review.expires_at && (
        <p className="ghl-coverage__words">
          The question stands until {format.dateTime(review.expires_at)}.
        </p>
      )}
      {failure}
      {confirming && (
        <ConfirmAccept
          text={`${format.number(count)} ${plural(count, "contact", "contacts")}`}
          onCancel={() => setConfirming(false)}
          onConfirm={() => {
            setConfirming(false);
            onDecide("accept");
          }}
        />
      )}
    </>
  );
}
