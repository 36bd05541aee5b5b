const CHANNELS: Readonly<Record<string, string>> = {
  call: "Calls",
  email: "Email",
  sms: "Text messages",
  whatsapp: "WhatsApp",
  gmb: "Google Business",
  fb: "Facebook",
};

const STATES: Readonly<Record<string, string>> = {
  active: "Do not disturb",
  permanent: "Do not disturb, for good",
  inactive: "Allowed",
};

/** One channel of GoHighLevel's `dndSettings` as people read it. */
function describe(setting: unknown): string {
  if (typeof setting !== "object" || setting === null) return String(setting);
  const { status, message } = setting as Record<string, unknown>;
  const known = typeof status === "string" ? (STATES[status.toLowerCase()] ?? status) : "Not known";
  const why = typeof message === "string" ? message.trim().slice(0, 300) : "";
  return why ? `${known}: ${why}` : known;
}

/** What may be used to reach a contact, channel by channel. */
export function describeDnd(
  settings: Readonly<Record<string, unknown>> | null,
): (readonly [label: string, value: string])[] {
  return Object.entries(settings ?? {}).map(([channel, setting]) => [
    CHANNELS[channel.toLowerCase()] ?? channel,
    describe(setting),
  ]);
}
