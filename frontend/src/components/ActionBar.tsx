import { useId } from "react";

import { linkTarget, type Action } from "../lib/action";
import { useActions } from "../lib/ActionContext";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

const ICONS: Readonly<Record<string, IconName>> = {
  sync_full: "download",
  sync_delta: "refresh",
  try_now: "refresh",
  retry: "refresh",
  reload: "refresh",
  verify: "shield",
};

interface ActionItemProps {
  readonly action: Action;
  readonly primary: boolean;
}

function ActionItem({ action, primary }: ActionItemProps) {
  const { run, busy, local } = useActions();
  const id = useId();
  const variant = primary ? "primary" : "secondary";
  if (!action.allowed) {
    // Not `disabled`: who may not do it must be able to reach the words that say why.
    return (
      <>
        <Button aria-disabled aria-describedby={id} className="ghl-button--off">
          {action.label}
        </Button>
        <span id={id} className="ghl-actions__ask">
          {action.ask ?? "You may not do this: ask an administrator of GoHighLevel in Odoo."}
        </span>
      </>
    );
  }
  if (action.kind === "link" && !local.includes(action.code)) {
    const href = linkTarget(action.url);
    // The page may be framed by Odoo: its links lead the whole window there.
    return href ? (
      <a className={`ghl-button ghl-button--${variant}`} href={href} target="_top">
        {action.label}
        <Icon name="next" className="ghl-icon--onward" />
      </a>
    ) : null;
  }
  const icon = ICONS[action.code];
  const isBusy = busy === action.code;
  return (
    <Button
      variant={variant}
      busy={isBusy}
      {...(icon ? { icon } : {})}
      onClick={() => !isBusy && run(action)}
    >
      {action.label}
    </Button>
  );
}

interface ActionBarProps {
  readonly actions: readonly Action[];
  /** The first one is what most people will want. */
  readonly emphasis?: boolean;
}

/** The ways out that a message offers, one click away. */
export function ActionBar({ actions, emphasis = false }: ActionBarProps) {
  if (actions.length === 0) return null;
  const first = actions.findIndex(({ allowed }) => allowed);
  return (
    <div className="ghl-actions">
      {actions.map((action, at) => (
        <ActionItem key={action.code} action={action} primary={emphasis && at === first} />
      ))}
    </div>
  );
}
