interface TagsProps {
  readonly tags: readonly string[];
  /** How many to show before the rest becomes a number. */
  readonly limit: number;
}

/** Tags as chips. A contact may carry thousands of them. */
export function Tags({ tags, limit }: TagsProps) {
  if (tags.length === 0) return null;
  const rest = tags.length - limit;
  return (
    <span className="ghl-tags">
      {tags.slice(0, limit).map((tag, index) => (
        <span key={`${index}:${tag}`} className="ghl-chip" title={tag.slice(0, 300)} dir="auto">
          {tag}
        </span>
      ))}
      {rest > 0 && (
        <span className="ghl-chip ghl-chip--rest" title={`${rest} more`}>
          +{rest}
        </span>
      )}
    </span>
  );
}
