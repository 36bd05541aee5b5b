import { useId, type ReactNode } from "react";

interface CardProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Card({ title, note, actions, className = "", children }: CardProps) {
  const id = useId();
  return (
    <section className={`ghl-card ${className}`} aria-labelledby={id}>
      <header className="ghl-card__head">
        <h2 id={id} className="ghl-card__title">
          {title}
        </h2>
        {note && <span className="ghl-card__note">{note}</span>}
        {actions && <div className="ghl-card__actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
