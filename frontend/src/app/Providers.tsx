import { QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { ApiProvider } from "../api/ApiContext";
import { createClient } from "../api/client";
import { createFormatters } from "../lib/format";
import { FormatProvider } from "../lib/FormatContext";
import { toLanguageTag, toTimeZone } from "../lib/locale";
import type { PageConfig } from "./config";
import { createQueryClient } from "./queryClient";

interface ProvidersProps {
  readonly config: PageConfig;
  readonly children: ReactNode;
}

export function Providers({ config, children }: ProvidersProps) {
  const [queryClient] = useState(createQueryClient);
  const [api] = useState(() => createClient(config.apiBase, config.version));
  const [format] = useState(() =>
    createFormatters(toLanguageTag(config.lang), toTimeZone(config.tz)),
  );
  return (
    <QueryClientProvider client={queryClient}>
      <ApiProvider value={api}>
        <FormatProvider value={format}>{children}</FormatProvider>
      </ApiProvider>
    </QueryClientProvider>
  );
}
