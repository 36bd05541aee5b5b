import { Button } from "../../components/Button";
import { Dialog } from "../../components/overlays/Dialog";

interface ConfirmAcceptProps {
  /** Of how many contacts. */
  readonly text: string;
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}

/** The last question before contacts may go. */
export function ConfirmAccept({ text, onCancel, onConfirm }: ConfirmAcceptProps) {
  return (
    <Dialog label="Accept the deletions?" onClose={onCancel}>
      <h2 className="ghl-drawer__title">Accept the deletion of {text}?</h2>
      <p className="ghl-dialog__text">
        It holds for the contacts of this list alone. Each is asked for once more; those that
        GoHighLevel denies are archived in Odoo. Your name and the time are logged.
      </p>
      <div className="ghl-dialog__buttons">
        <Button onClick={onCancel}>Cancel</Button>
        <Button className="ghl-button--danger" onClick={onConfirm}>
          Accept {text}
        </Button>
      </div>
    </Dialog>
  );
}
