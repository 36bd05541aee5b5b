import { createContext, useContext } from "react";

import { createFormatters, type Formatters } from "./format";

const FormatContext = createContext<Formatters>(createFormatters("en-US"));

export const FormatProvider = FormatContext.Provider;

export function useFormat(): Formatters {
  return useContext(FormatContext);
}
