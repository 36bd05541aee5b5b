import { bucket, initials } from "../../../lib/text";

interface AvatarProps {
  readonly id: string;
  readonly name: string | null;
}

export function Avatar({ id, name }: AvatarProps) {
  return (
    <span className={`ghl-avatar ghl-avatar--${bucket(id, 6)}`} aria-hidden="true">
      {initials(name) || "–"}
    </span>
  );
}
