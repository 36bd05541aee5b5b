import type { ReactNode } from "react";

import { useModal } from "./useModal";

interface DialogProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A question in the middle of the page. The browser traps and returns the focus. */
export function Dialog({ label, onClose, children }: DialogProps) {
  const modal = useModal(onClose);
  return (
    // A click on the backdrop has the dialog itself as its target; Escape is built in.
     
    <dialog className="ghl-dialog" aria-label={label} {...modal}>
      <div className="ghl-dialog__content">{children}</div>
    </dialog>
  );
}
