import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { Button } from "../components/Button";
import { Notice } from "../components/Notice";
import { useConnection, type Connection } from "./useConnection";

interface ConnectionBannerProps {
  /** Where to come back to after logging in. */
  readonly pageUrl: string;
}

export function loginUrl(pageUrl: string): string {
  const target = `${pageUrl}${window.location.search}`;
  return `/web/login?redirect=${encodeURIComponent(target)}`;
}

const WORDS: Readonly<Record<Exclude<Connection, "ok">, readonly [string, string]>> = {
  expired: ["Your session has expired", "Log in to go on. A running sync is not affected."],
  unreachable: [
    "The server cannot be reached",
    "The page tries again by itself. What it shows may be out of date. A running sync goes on.",
  ],
  busy: [
    "The server is busy",
    "The page tries again by itself. What it shows may be out of date.",
  ],
  outdated: [
    "This page is older than the server",
    "The server was updated while the page was open. Reload it to go on.",
  ],
};

/**
 * Trouble of the whole page, said once and in one place. It lies over the page's end:
 * in the page it would push everything down when it comes and up when it goes.
 */
export function ConnectionBanner({ pageUrl }: ConnectionBannerProps) {
  const queryClient = useQueryClient();
  const connection = useConnection();
  if (connection === "ok") return null;
  const again = async () => {
    // A read between two tries is asleep: it is started over rather than waited for.
    await queryClient.cancelQueries();
    await queryClient.refetchQueries({ type: "active" });
  };
  const [title, text] = WORDS[connection];
  const ways: Record<Exclude<Connection, "ok">, ReactNode> = {
    expired: (
      <a className="ghl-button ghl-button--primary" href={loginUrl(pageUrl)} target="_top">
        Log in again
      </a>
    ),
    outdated: <Button onClick={() => window.location.reload()}>Reload</Button>,
    unreachable: (
      <Button icon="refresh" onClick={() => void again()}>
        Try Now
      </Button>
    ),
    busy: (
      <Button icon="refresh" onClick={() => void again()}>
        Try Now
      </Button>
    ),
  };
  return (
    <div className="ghl-toast">
      <Notice tone="warning" title={title} actions={ways[connection]}>
        {text}
      </Notice>
    </div>
  );
}
