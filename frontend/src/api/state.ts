import type { State } from "../contract/types.gen";

/** The one state of a location, as the server computes it for everybody. */
export type LocationState = State;
export type StateNote = State["notes"][number];
export type StateTone = State["tone"];
