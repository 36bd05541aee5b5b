import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { App } from "../app/App";
import { parseConfig } from "../app/config";
import { ErrorBoundary } from "../app/ErrorBoundary";
import { Providers } from "../app/Providers";
import type { FakeBackend } from "./fakeBackend";
import { serve } from "./server";

interface Options {
  readonly search?: string;
  readonly canSync?: boolean;
  readonly lang?: string;
}

/** The whole page on a fake backend, as the host page would show it. */
export function renderPage(backend: FakeBackend, options: Options = {}) {
  serve(backend);
  window.history.replaceState(null, "", `/ghl/analytics${options.search ?? ""}`);
  const config = parseConfig({
    lang: options.lang ?? "en_US",
    tz: "Europe/Brussels",
    apiBase: "/api",
    user: { name: "Tess", canSync: options.canSync ?? true },
    initialLocationId: null,
    version: "test",
    pageUrl: "/ghl/analytics",
  });
  const page = render(
    <ErrorBoundary>
      <Providers config={config}>
        <App config={config} />
      </Providers>
    </ErrorBoundary>,
  );
  return { ...page, user: userEvent.setup() };
}
