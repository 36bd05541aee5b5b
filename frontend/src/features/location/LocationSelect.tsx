import type { Location } from "../../api/locations";
import { PickList } from "../../components/PickList";
import { coveragePercent } from "../../lib/coverage";
import { useFormat } from "../../lib/FormatContext";

interface LocationSelectProps {
  readonly locations: readonly Location[];
  readonly selected: string;
  readonly onSelect: (locationId: string) => void;
}

export function LocationSelect({ locations, selected, onSelect }: LocationSelectProps) {
  const format = useFormat();
  const hint = ({ contact_count, ghl_total }: Location) => {
    const percent = coveragePercent(contact_count, ghl_total);
    const count = format.number(ghl_total ?? contact_count);
    return percent === null ? count : `${count} · ${format.percent(percent)}`;
  };
  return (
    <PickList
      label="Location"
      value={selected}
      onChange={onSelect}
      options={locations.map((location) => ({
        value: location.location_id,
        label: location.name ?? location.location_id,
        hint: hint(location),
      }))}
    />
  );
}
