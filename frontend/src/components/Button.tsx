import type { ComponentProps } from "react";

import { Icon, type IconName } from "./Icon";

interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: "primary" | "secondary" | "quiet";
  readonly icon?: IconName;
  /** Work is under way: the icon turns, and the state is told to assistive tools. */
  readonly busy?: boolean;
}

export function Button({
  variant = "secondary",
  icon,
  busy = false,
  children,
  className = "",
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={`ghl-button ghl-button--${variant} ${className}`}
      aria-busy={busy}
      {...rest}
    >
      {icon && <Icon name={icon} className={busy ? "ghl-icon--turning" : ""} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  readonly icon: IconName;
  readonly label: string;
}

export function IconButton({ label, ...rest }: IconButtonProps) {
  return (
    <Button
      variant="quiet"
      {...rest}
      className={`ghl-button--icon ${rest.className ?? ""}`}
      aria-label={label}
      title={label}
    />
  );
}
