import type { ReactNode } from "react";

import { IconButton } from "../Button";
import { useModal } from "./useModal";

interface DrawerProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A modal panel at the end of the page. The browser's dialog traps and returns focus. */
export function Drawer({ label, onClose, wide = false, children }: DrawerProps) {
  const modal = useModal(onClose);
  return (
    // A click on the backdrop has the dialog itself as its target; Escape is built in.
     
    <dialog className="ghl-drawer" data-wide={wide} aria-label={label} {...modal}>
      <div className="ghl-drawer__content">
        <IconButton
          icon="close"
          label="Close"
          className="ghl-drawer__close"
          onClick={onClose}
        />
        {children}
      </div>
    </dialog>
  );
}
