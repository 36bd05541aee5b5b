interface TagsProps {
  readonly tags: readonly string[];
  /** How many to show before the rest becomes a number. */
  readonly limit: number;
  /** Makes each tag a button, to find the contacts that share it. */
  readonly onPick?: (tag: string) => void;
}

/** Tags as chips. A contact may carry thousands of them. */
export function Tags({ tags, limit, onPick }: TagsProps) {
  if (tags.length === 0) return null;
  const rest = tags.length - limit;
  return (
    <span className="ghl-tags">
      {tags.slice(0, limit).map((tag, index) => {
        const chip = { className: "ghl-chip", dir: "auto", children: tag };
        const key = `${index}:${tag}`;
        return onPick ? (
          <button
            key={key}
            type="button"
            title={`Show contacts tagged ${tag.slice(0, 300)}`}
            onClick={() => onPick(tag)}
            {...chip}
          />
        ) : (
          <span key={key} title={tag.slice(0, 300)} {...chip} />
        );
      })}
      {rest > 0 && (
        <span className="ghl-chip ghl-chip--rest" title={`${rest} more`}>
          +{rest}
        </span>
      )}
    </span>
  );
}
