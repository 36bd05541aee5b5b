import { useEffect, useState } from "react";

/** The current time, renewed every `interval` milliseconds, so that "3 min ago" ages. */
export function useNow(interval: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return now;
}
