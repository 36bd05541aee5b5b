import { createContext, useContext } from "react";

import type { Action } from "./action";

export interface ActionRunner {
  readonly run: (action: Action) => void;
  /** The code of the action that is being carried out. */
  readonly busy: string | null;
  /** Codes of what this page does itself, whatever the server offers for others. */
  readonly local: readonly string[];
}

const ActionContext = createContext<ActionRunner>({
  run: () => undefined,
  busy: null,
  local: [],
});

export const ActionProvider = ActionContext.Provider;

/** The one way in which buttons of messages are carried out. */
export function useActions(): ActionRunner {
  return useContext(ActionContext);
}
