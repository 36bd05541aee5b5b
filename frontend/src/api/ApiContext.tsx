import { createContext, useContext } from "react";

import { createClient, type ApiClient } from "./client";

const ApiContext = createContext<ApiClient>(createClient("/api"));

export const ApiProvider = ApiContext.Provider;

export function useApi(): ApiClient {
  return useContext(ApiContext);
}
