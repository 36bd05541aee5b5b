import type { LocationState, StateNote, StateTone } from "../../api/state";
import { ActionBar } from "../../components/ActionBar";
import { Icon, type IconName } from "../../components/Icon";
import { useFormat } from "../../lib/FormatContext";
import { localMoments } from "../../lib/moments";

export const TONE_ICONS: Record<StateTone, IconName> = {
  success: "shield",
  info: "info",
  warning: "warning",
  danger: "warning",
  neutral: "clock",
};

function Note({ note }: { readonly note: StateNote }) {
  const format = useFormat();
  return (
    <li className={`ghl-note ghl-note--${note.tone}`}>
      <Icon name={TONE_ICONS[note.tone]} className="ghl-note__icon" />
      <p className="ghl-note__text">{localMoments(note.text, format)}</p>
      <ActionBar actions={note.actions} />
    </li>
  );
}

/** What else there is to know about the location, each with its way out. */
export function Notes({ state }: { readonly state: LocationState }) {
  if (state.notes.length === 0) return null;
  return (
    <ul className="ghl-notes" aria-label="Notes on this location">
      {state.notes.map((note) => (
        <Note key={`${note.code}:${note.text}`} note={note} />
      ))}
    </ul>
  );
}
