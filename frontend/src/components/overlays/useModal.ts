import { useLayoutEffect, useRef, type MouseEvent } from "react";

/** Shows a dialog as long as it is in the page, and closes it on Escape or a click beside. */
export function useModal(onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null);
  // A layout effect, as the dialog must close while it is still in the page: only then
  // does the browser give the focus back to where it was.
  useLayoutEffect(() => {
    const element = ref.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return {
    ref,
    onClose: () => {
      if (!ref.current?.open) onClose();
    },
    onClick: (event: MouseEvent<HTMLDialogElement>) => {
      if (event.target === event.currentTarget) onClose();
    },
  };
}
