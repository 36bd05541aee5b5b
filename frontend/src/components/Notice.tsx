import type { ReactNode } from "react";

import { IconButton } from "./Button";
import { Icon, type IconName } from "./Icon";

export type Tone = "info" | "success" | "warning" | "danger";

const ICONS: Record<Tone, IconName> = {
  info: "info",
  success: "check",
  warning: "warning",
  danger: "warning",
};

interface NoticeProps {
  readonly tone: Tone;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  readonly onDismiss?: () => void;
}

/** A message in the flow of the page; failures interrupt a screen reader, others wait. */
export function Notice({ tone, title, children, actions, onDismiss }: NoticeProps) {
  return (
    <div
      className={`ghl-notice ghl-notice--${tone}`}
      role={tone === "danger" ? "alert" : "status"}
    >
      <Icon name={ICONS[tone]} className="ghl-notice__icon" />
      <div className="ghl-notice__body">
        <p className="ghl-notice__title">{title}</p>
        {children && <div className="ghl-notice__text">{children}</div>}
      </div>
      {actions && <div className="ghl-notice__actions">{actions}</div>}
      {onDismiss && <IconButton icon="close" label="Dismiss" onClick={onDismiss} />}
    </div>
  );
}
