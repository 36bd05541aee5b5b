import { useEffect, useState } from "react";

import type { Analytics } from "../../api/analytics";
import type { ContactsParams, SortKey } from "../../api/contacts";
import type { Quality } from "../../api/quality";
import { Button } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { PickList, type Option } from "../../components/overlays/PickList";
import type { Formatters } from "../../lib/format";
import { useFormat } from "../../lib/FormatContext";
import { useDebounced } from "../../lib/useDebounced";
import { COLUMNS } from "./table/columns";
import { NO_FILTERS, isFiltered } from "./view";

const SEARCH_DELAY_MS = 300;

const SORT_OPTIONS: readonly Option[] = COLUMNS.flatMap(({ label, sort }) =>
  sort
    ? [
        { value: `${sort}:asc`, label: `${label}, ascending` },
        { value: `${sort}:desc`, label: `${label}, descending` },
      ]
    : [],
);

/** A filter that the address asks for is offered even if the figures do not list it. */
function withSelected(options: readonly Option[], value: string): readonly Option[] {
  if (!value || options.some((option) => option.value === value)) return options;
  return [...options, { value, label: value }];
}

function tagOptions(analytics: Analytics | undefined, format: Formatters): Option[] {
  return (analytics?.tags ?? []).flatMap(({ name, count }) =>
    name ? [{ value: name, label: name, hint: format.number(count) }] : [],
  );
}

function ownerOptions(analytics: Analytics | undefined, format: Formatters): Option[] {
  return (analytics?.owners ?? []).flatMap(({ id, name, count }) =>
    id ? [{ value: id, label: name ?? id, hint: format.number(count) }] : [],
  );
}

/** A figure as the server calls it. */
function qualityLabel(quality: Quality | undefined, name: string): string {
  const figure = quality?.figures.find((one) => one.name === name);
  return figure?.label ?? name.replaceAll("_", " ");
}

interface ContactsToolbarProps {
  readonly view: ContactsParams;
  readonly analytics: Analytics | undefined;
  readonly quality: Quality | undefined;
  readonly onChange: (change: Partial<ContactsParams>) => void;
}

export function ContactsToolbar({ view, analytics, quality, onChange }: ContactsToolbarProps) {
  const format = useFormat();
  const [typed, setTyped] = useState(view.search);
  const settled = useDebounced(typed, SEARCH_DELAY_MS).trim();
  useEffect(() => {
    if (settled !== view.search) onChange({ search: settled });
    // Only what was typed may change the view; an address that changes is no typing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  // "Back" changes the view too: the field then shows what is searched for.
  const [known, setKnown] = useState(view.search);
  if (view.search !== known) {
    setKnown(view.search);
    if (view.search !== settled) setTyped(view.search);
  }
  const reset = () => {
    setTyped("");
    onChange(NO_FILTERS);
  };
  return (
    <div className="ghl-toolbar" role="search" aria-label="Contacts">
      <div className="ghl-search">
        <Icon name="search" className="ghl-search__icon" />
        <input
          type="search"
          className="ghl-input"
          aria-label="Search contacts"
          placeholder="Search name, email, phone…"
          maxLength={200}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <PickList
        label="Tag"
        hideLabel
        free
        value={view.tag}
        options={[
          { value: "", label: "All tags" },
          ...withSelected(tagOptions(analytics, format), view.tag),
        ]}
        onChange={(tag) => onChange({ tag })}
      />
      <PickList
        label="Owner"
        hideLabel
        value={view.owner}
        options={[
          { value: "", label: "All owners" },
          ...withSelected(ownerOptions(analytics, format), view.owner),
        ]}
        onChange={(owner) => onChange({ owner })}
      />
      {view.quality && (
        <Button
          variant="quiet"
          icon="close"
          title="Show contacts whatever their data is like"
          onClick={() => onChange({ quality: "" })}
        >
          {qualityLabel(quality, view.quality)}
        </Button>
      )}
      <div className="ghl-toolbar__sort">
        <label className="ghl-field">
          <span className="ghl-visually-hidden">Sort by</span>
          <select
            className="ghl-input ghl-select"
            value={`${view.sort}:${view.order}`}
            onChange={(event) => {
              const [sort, order] = event.target.value.split(":");
              onChange({ sort: sort as SortKey, order: order === "asc" ? "asc" : "desc" });
            }}
          >
            {SORT_OPTIONS.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {isFiltered(view) && (
        <Button variant="quiet" icon="close" onClick={reset}>
          Clear filters
        </Button>
      )}
    </div>
  );
}
