import type { ReactNode } from "react";

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

export function Empty({ title, children, actions }: EmptyProps) {
  return (
    <div className="ghl-empty">
      <p className="ghl-empty__title">{title}</p>
      {children && <p className="ghl-empty__text">{children}</p>}
      {actions && <div className="ghl-empty__actions">{actions}</div>}
    </div>
  );
}
