import { useMemo, useState, type KeyboardEvent } from "react";

import type { Option } from "./PickList";

/** More would only slow the page down: typing one more letter finds the rest. */
const SHOWN = 100;

interface ComboboxProps {
  readonly id: string;
  readonly options: readonly Option[];
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly free: boolean;
}

function matches(
  options: readonly Option[],
  typed: string,
  free: boolean,
): readonly Option[] {
  const value = typed.trim();
  const wanted = value.toLocaleLowerCase();
  if (!wanted) return options;
  const found = options.filter(({ label }) => label.toLocaleLowerCase().includes(wanted));
  const known = found.some(({ label }) => label.toLocaleLowerCase() === wanted);
  return free && !known ? [...found, { value, label: value, hint: "as typed" }] : found;
}

/** A select with a search field, after the WAI-ARIA combobox pattern. */
export function Combobox({ id, options, value, onChange, free }: ComboboxProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const open = typed !== null;
  const found = useMemo(() => matches(options, typed ?? "", free), [options, typed, free]);
  const shown = found.slice(0, SHOWN);
  const selected = options.find((option) => option.value === value);

  const close = () => setTyped(null);
  const start = () => {
    setTyped("");
    setActive(Math.max(0, options.findIndex((option) => option.value === value)));
  };
  const pick = (option: Option | undefined) => {
    if (option) onChange(option.value);
    close();
  };
  const move = (to: number) => {
    if (!open) {
      start();
      return;
    }
    const next = Math.min(shown.length - 1, Math.max(0, to));
    setActive(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const actions: Partial<Record<string, () => void>> = {
      ArrowDown: () => move(active + 1),
      ArrowUp: () => move(active - 1),
      PageDown: () => move(active + 8),
      PageUp: () => move(active - 8),
      Enter: () => (open ? pick(shown[active]) : start()),
      Escape: close,
    };
    const action = actions[event.key];
    if (!action) return;
    if (event.key === "Escape" && !open) return;
    event.preventDefault();
    action();
  };

  return (
    <div className="ghl-combobox">
      <input
        id={id}
        className="ghl-input ghl-select"
        role="combobox"
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && shown[active] ? `${id}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed ?? selected?.label ?? ""}
        placeholder={open ? (selected?.label ?? "Search…") : ""}
        onClick={() => !open && start()}
        onChange={(event) => {
          // Typing into the closed field starts a search; it does not edit the choice.
          const { data } = event.nativeEvent as InputEvent;
          setTyped(open ? event.target.value : (data ?? ""));
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {open && (
        <ul className="ghl-combobox__list" id={`${id}-list`} role="listbox">
          {shown.map((option, index) => (
            // Keys are handled by the field, which keeps the focus.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <li
              key={option.value}
              id={`${id}-${index}`}
              role="option"
              aria-selected={option.value === value}
              className="ghl-combobox__option"
              data-active={index === active}
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setActive(index)}
              onClick={() => pick(option)}
            >
              <span dir="auto">{option.label}</span>
              {option.hint && <span className="ghl-combobox__hint">{option.hint}</span>}
            </li>
          ))}
          {found.length > SHOWN && (
            <li className="ghl-combobox__more" role="presentation">
              {found.length - SHOWN} more: type to narrow the list
            </li>
          )}
          {found.length === 0 && (
            <li className="ghl-combobox__more" role="presentation">
              Nothing found
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
