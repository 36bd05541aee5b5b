import { useLayoutEffect, useRef, type ReactNode } from "react";

import { IconButton } from "./Button";

interface DrawerProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal panel at the end of the page. The browser's dialog traps and returns focus. */
export function Drawer({ label, onClose, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // A layout effect, as the dialog must close while it is still in the page: only then
  // does the browser give the focus back to where it was.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    // A click on the backdrop has the dialog itself as its target; Escape is built in.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className="ghl-drawer"
      aria-label={label}
      onClose={() => !dialog.current?.open && onClose()}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
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
