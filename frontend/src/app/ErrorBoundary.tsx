import { Component, type ReactNode } from "react";

import { Button } from "../components/Button";
import { Notice } from "../components/Notice";

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly failed: boolean;
}

/** The last resort: a sentence and a way out in the place of a blank page. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Notice
        tone="danger"
        title="Something on this page broke"
        actions={<Button onClick={() => window.location.reload()}>Reload</Button>}
      >
        Nothing was lost: a running sync goes on, and the mirror is not affected.
      </Notice>
    );
  }
}
