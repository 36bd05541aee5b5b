import { Button } from "../../components/Button";
import { useActions } from "../../lib/ActionContext";
import type { Feedback } from "./feedback";

/** What became of the last order, beside the sync that it was about. */
export function FeedbackLine({ feedback }: { readonly feedback: Feedback | null }) {
  const { run, busy } = useActions();
  const retry = feedback?.retry;
  return (
    <div
      className={`ghl-feedback ghl-feedback--${feedback?.tone ?? "none"}`}
      role={feedback?.tone === "danger" ? "alert" : "status"}
    >
      {feedback && <p>{feedback.text}</p>}
      {retry && (
        <Button icon="refresh" busy={busy === retry.code} onClick={() => run(retry)}>
          Try again
        </Button>
      )}
    </div>
  );
}
