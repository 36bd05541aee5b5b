import { StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";

import { App } from "./app/App";
import { parseConfig } from "./app/config";
import { ErrorBoundary } from "./app/ErrorBoundary";
import { fitIntoFrame } from "./app/fitIntoFrame";
import { Providers } from "./app/Providers";
import "./styles/index.css";

const ROOT_ID = "ghl_analytics_root";

const roots = new Map<Element, Root>();

/** Shows the page in `el`. `config` is what the host page knows; see `app/config.ts`. */
export function mount(el: Element, config: unknown): void {
  unmount(el);
  const root = createRoot(el);
  roots.set(el, root);
  el.classList.add("ghl-app");
  // The words of the page are English whatever the host's language; its numbers and
  // dates follow the user.
  el.setAttribute("lang", "en");
  root.render(
    <StrictMode>
      <ErrorBoundary>
        <Providers config={parseConfig(config)}>
          <App config={parseConfig(config)} />
        </Providers>
      </ErrorBoundary>
    </StrictMode>,
  );
}

/** Takes the page out of `el` again. */
export function unmount(el: Element): void {
  roots.get(el)?.unmount();
  roots.delete(el);
}

function readConfig(el: HTMLElement): unknown {
  try {
    return JSON.parse(el.dataset["config"] ?? "{}");
  } catch {
    return {};
  }
}

const host = document.getElementById(ROOT_ID);
if (host) {
  fitIntoFrame(host);
  mount(host, readConfig(host));
}
