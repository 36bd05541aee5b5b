import type { Location } from "../../api/locations";
import { PickList } from "../../components/overlays/PickList";
import type { Formatters } from "../../lib/format";
import { useFormat } from "../../lib/FormatContext";

interface LocationSelectProps {
  readonly locations: readonly Location[];
  readonly selected: string;
  readonly onSelect: (locationId: string) => void;
}

/** "11 of 2,431 · Incomplete"; what is not known is a dash. */
function hint(location: Location, format: Formatters): string {
  const { counts, label } = location.status;
  const { mirrored, ghl_total: total } = counts;
  const figure = (value: number | null) => (value === null ? "—" : format.number(value));
  const same = mirrored === total;
  return `${same ? figure(total) : `${figure(mirrored)} of ${figure(total)}`} · ${label}`;
}

export function LocationSelect({ locations, selected, onSelect }: LocationSelectProps) {
  const format = useFormat();
  return (
    <PickList
      label="Location"
      value={selected}
      onChange={onSelect}
      options={locations.map((location) => ({
        value: location.location_id,
        label: location.name || location.location_id,
        hint: hint(location, format),
      }))}
    />
  );
}
