import { Button } from "./Button";
import { Notice } from "./Notice";

interface ProblemProps {
  readonly title: string;
  readonly error: Error;
  readonly onRetry: () => void;
  readonly busy?: boolean;
}

/** What a card shows in place of data that could not be read. */
export function Problem({ title, error, onRetry, busy = false }: ProblemProps) {
  return (
    <Notice
      tone="danger"
      title={title}
      actions={
        <Button icon="refresh" busy={busy} onClick={onRetry}>
          Try again
        </Button>
      }
    >
      {error.message}
    </Notice>
  );
}
