/**
 * Lets the page look like the Odoo web client that shows it in a frame, which may be
 * light on a dark system. An attribute set by the host wins.
 */
export function adoptHostScheme(el: HTMLElement): void {
  if (window.parent === window || el.closest("[data-color-scheme]")) return;
  try {
    const host = window.parent.getComputedStyle(window.parent.document.documentElement);
    const scheme = host.getPropertyValue("--o-webclient-color-scheme").trim();
    if (scheme) el.dataset["colorScheme"] = scheme === "dark" ? "dark" : "light";
  } catch {
    // The host is of another origin: the system's scheme it is.
  }
}
