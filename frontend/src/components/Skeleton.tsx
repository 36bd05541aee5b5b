interface SkeletonProps {
  readonly lines?: number;
  readonly label?: string;
}

const WIDTHS = ["92%", "76%", "84%", "61%", "70%"];

/** Grey lines in the place of text to come. */
export function Skeleton({ lines = 3, label = "Loading" }: SkeletonProps) {
  return (
    <div className="ghl-skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <span
          key={line}
          className="ghl-skeleton__line"
          style={{ inlineSize: WIDTHS[line % WIDTHS.length] }}
        />
      ))}
    </div>
  );
}
