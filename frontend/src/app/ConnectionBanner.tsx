import { useQueryClient } from "@tanstack/react-query";

import { Button } from "../components/Button";
import { Notice } from "../components/Notice";
import { useConnection } from "./useConnection";

interface ConnectionBannerProps {
  /** Where to come back to after logging in. */
  readonly pageUrl: string;
}

function loginUrl(pageUrl: string): string {
  const target = `${pageUrl}${window.location.search}`;
  return `/web/login?redirect=${encodeURIComponent(target)}`;
}

export function ConnectionBanner({ pageUrl }: ConnectionBannerProps) {
  const queryClient = useQueryClient();
  const connection = useConnection();
  if (connection === "expired") {
    return (
      <Notice
        tone="warning"
        title="Your session has expired"
        actions={
          <a
            className="ghl-button ghl-button--primary"
            href={loginUrl(pageUrl)}
            target="_top"
          >
            Log in again
          </a>
        }
      >
        Log in to go on. A running sync is not affected.
      </Notice>
    );
  }
  if (connection === "unreachable") {
    const again = async () => {
      // A read between two tries is asleep: it is started over rather than waited for.
      await queryClient.cancelQueries();
      await queryClient.refetchQueries({ type: "active" });
    };
    return (
      <Notice
        tone="warning"
        title="The server cannot be reached"
        actions={
          <Button icon="refresh" onClick={() => void again()}>
            Try now
          </Button>
        }
      >
        The page tries again by itself. What it shows may be out of date.
      </Notice>
    );
  }
  return null;
}
