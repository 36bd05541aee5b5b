interface SegmentedProps<Id extends string> {
  readonly label: string;
  readonly options: readonly { readonly id: Id; readonly label: string }[];
  readonly selected: Id;
  readonly onSelect: (id: Id) => void;
}

/** A small switch between a few ways to look at the same thing. */
export function Segmented<Id extends string>(props: SegmentedProps<Id>) {
  const { label, options, selected, onSelect } = props;
  return (
    <div className="ghl-segmented" role="group" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.id}
          type="button"
          className="ghl-segmented__item"
          aria-pressed={option.id === selected}
          onClick={() => onSelect(option.id)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
