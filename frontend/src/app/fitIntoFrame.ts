/**
 * Fits the page into the Odoo web client that shows it in a frame: there the client has
 * the title, and may be light on a dark system. A scheme set by the host page wins.
 */
export function fitIntoFrame(el: HTMLElement): void {
  if (window.parent === window) return;
  el.dataset["framed"] = "true";
  if (el.closest("[data-color-scheme]")) return;
  try {
    const host = window.parent.getComputedStyle(window.parent.document.documentElement);
    const scheme = host.getPropertyValue("--o-webclient-color-scheme").trim();
    if (scheme) el.dataset["colorScheme"] = scheme === "dark" ? "dark" : "light";
  } catch {
    // The host is of another origin: the system's scheme it is.
  }
}
