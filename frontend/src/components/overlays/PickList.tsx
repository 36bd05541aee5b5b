import { useId } from "react";

import { Combobox } from "./Combobox";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** Beyond this many, finding an entry takes typing rather than scrolling. */
const NATIVE_LIMIT = 12;

interface PickListProps {
  readonly label: string;
  readonly options: readonly Option[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** The label is read out but not shown. */
  readonly hideLabel?: boolean;
  /** The list holds the commonest values alone: others may be typed. */
  readonly free?: boolean;
}

/** One choice of several: the browser's own select, or a searchable one when many. */
export function PickList(props: PickListProps) {
  const { label, options, value, onChange, hideLabel = false, free = false } = props;
  const id = useId();
  return (
    <div className="ghl-field">
      <label htmlFor={id} className={hideLabel ? "ghl-visually-hidden" : "ghl-field__label"}>
        {label}
      </label>
      {options.length > NATIVE_LIMIT ? (
        <Combobox id={id} options={options} value={value} onChange={onChange} free={free} />
      ) : (
        <select
          id={id}
          className="ghl-input ghl-select"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {!options.some((option) => option.value === value) && (
            // Else the browser shows the first one as chosen, which then cannot be chosen.
            <option value={value} hidden>
              Choose…
            </option>
          )}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.hint ? `${option.label} (${option.hint})` : option.label}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
