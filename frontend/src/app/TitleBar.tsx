import { useIsFetching, useQueryClient, type Query } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { locationsKey } from "../api/locations";
import { Button } from "../components/Button";
import type { Plan } from "../contract/types.gen";
import { costSentence } from "../features/sync/plan";
import type { Action } from "../lib/action";
import { useActions } from "../lib/ActionContext";
import { useFormat } from "../lib/FormatContext";

interface TitleBarProps {
  readonly locationId: string;
  readonly picker: ReactNode;
  readonly canSync: boolean;
  readonly order: Action;
  /** What it would cost; null while that is not known. */
  readonly plan: Plan | null;
}

export function TitleBar(props: TitleBarProps) {
  const { locationId, picker, canSync, order, plan } = props;
  const format = useFormat();
  const cost = plan && (costSentence(plan.costs.full, format) ?? plan.text);
  const { run, busy: ordering } = useActions();
  const queryClient = useQueryClient();
  const [refreshing, setRefreshing] = useState(false);
  const mine = ({ queryKey }: Query) =>
    queryKey[1] === locationId || queryKey[0] === locationsKey[0];
  const busy = useIsFetching({ predicate: mine }) > 0 && refreshing;
  const refresh = async () => {
    setRefreshing(true);
    await queryClient.invalidateQueries({ predicate: mine });
    setRefreshing(false);
  };
  return (
    <header className="ghl-titlebar">
      <h1 className="ghl-titlebar__title">Contact Analytics</h1>
      <div className="ghl-titlebar__controls">
        {picker}
        <div className="ghl-titlebar__buttons">
          <Button
            icon="refresh"
            busy={busy}
            title="Read the mirror again"
            onClick={() => void refresh()}
          >
            Refresh
          </Button>
          <Button
            variant="primary"
            icon="download"
            busy={ordering === order.code}
            disabled={!canSync}
            title={
              canSync
                ? "Read every contact from GoHighLevel"
                : "You may not order a sync: ask an administrator"
            }
            onClick={() => run(order)}
          >
            Sync All Contacts
          </Button>
        </div>
        {cost && (
          <p className="ghl-titlebar__cost" data-testid="cost">
            {cost}
          </p>
        )}
      </div>
    </header>
  );
}
