/** Drawn on a 16 × 16 grid, stroked in the colour of the text. */
const PATHS = {
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.8v2.8h-2.8",
  download: "M8 2v7.5M4.8 6.5 8 9.7l3.2-3.2M2.5 13.5h11",
  check: "M3 8.5 6.5 12 13 4.5",
  warning: "M8 2.2 14.3 13.3H1.7ZM8 6.4v3.4M8 11.6v.1",
  info: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 7.3v3.9M8 4.9V5",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  search: "M7 2.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6ZM10.5 10.5l3.6 3.6",
  first: "M12 3.5 7.5 8l4.5 4.5M4.5 3.5v9",
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  last: "M4 3.5 8.5 8 4 12.5M11.5 3.5v9",
  up: "M4 9.8 8 5.8l4 4",
  down: "M4 6.2l4 4 4-4",
  shield: "M8 1.8 13 3.6v4.1c0 3.1-2.1 5.3-5 6.5-2.9-1.2-5-3.4-5-6.5V3.6ZM5.7 8l1.7 1.7 3-3.2",
  clock: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 4.6V8l2.4 1.6",
} as const;

export type IconName = keyof typeof PATHS;

interface IconProps {
  readonly name: IconName;
  readonly className?: string;
}

/** Decoration only: whatever it says must also be said in words. */
export function Icon({ name, className = "" }: IconProps) {
  return (
    <svg
      className={`ghl-icon ${className}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
