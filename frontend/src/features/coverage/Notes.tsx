import type { LocationState, StateNote, StateTone } from "../../api/state";
import { ActionBar } from "../../components/ActionBar";
import { Icon, type IconName } from "../../components/Icon";
import { useFormat } from "../../lib/FormatContext";
import { localMoments } from "../../lib/time/moments";

export const TONE_ICONS: Record<StateTone, IconName> = {
  success: "shield",
  info: "info",
  warning: "warning",
  danger: "warning",
  neutral: "clock",
};

interface NoteProps {
  readonly note: StateNote;
  readonly offered: readonly string[];
}

function Note({ note, offered }: NoteProps) {
  const format = useFormat();
  const actions = note.actions.filter(({ code }) => !offered.includes(code));
  return (
    <li className={`ghl-note ghl-note--${note.tone}`}>
      <Icon name={TONE_ICONS[note.tone]} className="ghl-note__icon" />
      <p className="ghl-note__text">{localMoments(note.text, format)}</p>
      <ActionBar actions={actions} />
    </li>
  );
}

interface NotesProps {
  readonly state: LocationState;
  /** Codes of notes and actions that are shown elsewhere already. */
  readonly offered: readonly string[];
}

/** What else there is to know about the location, each with its way out. */
export function Notes({ state, offered }: NotesProps) {
  const notes = state.notes.filter(({ code }) => !offered.includes(code));
  if (notes.length === 0) return null;
  return (
    <ul className="ghl-notes" aria-label="Notes on this location">
      {notes.map((note) => (
        <Note key={`${note.code}:${note.text}`} note={note} offered={offered} />
      ))}
    </ul>
  );
}
