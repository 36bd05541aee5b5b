// The vendor's own client against the address on stdin; what it got goes to stdout.
import sdk from "@gohighlevel/api-client";
import { readFileSync } from "node:fs";

const { HighLevel, UserType } = sdk;
const order = JSON.parse(readFileSync(0, "utf8"));

// The client knows one address only; everything else is as its users have it.
HighLevel.BASE_URL = order.url;
const client = new HighLevel({
  clientId: order.clientId,
  clientSecret: order.clientSecret,
  webhookPublicKey: order.webhookKey,
  logLevel: "error",
});
const result = {};

const first = await client.oauth.getAccessToken({
  client_id: order.clientId,
  client_secret: order.clientSecret,
  grant_type: "authorization_code",
  code: order.code,
  user_type: UserType.Company,
  redirect_uri: order.redirectUri,
});
result.exchanged = {
  userType: first.userType,
  companyId: first.companyId,
  hasRefreshToken: Boolean(first.refresh_token),
};

const fresh = await client.oauth.refreshToken(
  first.refresh_token,
  order.clientId,
  order.clientSecret,
  "refresh_token",
  UserType.Company,
);
result.refreshed = {
  rotated: fresh.refresh_token !== first.refresh_token,
  expiresIn: fresh.expires_in,
};
await client.getSessionStorage().setSession(fresh.companyId, fresh);

const installed = await client.oauth.getInstalledLocation({
  companyId: fresh.companyId,
  appId: order.clientId.split("-")[0],
  isInstalled: true,
  skip: "0",
  limit: "20",
});
result.installed = installed.locations.map(({ _id, name }) => ({ id: _id, name }));

const locationId = order.locationId;
const token = await client.oauth.getLocationAccessToken({
  companyId: fresh.companyId,
  locationId,
});
result.locationToken = { userType: token.userType, locationId: token.locationId };
await client.getSessionStorage().setSession(locationId, token);

const ids = [];
let searchAfter;
do {
  const page = await client.contacts.searchContactsAdvanced({
    locationId,
    pageLimit: 100,
    sort: [{ field: "dateAdded", direction: "asc" }],
    ...(searchAfter && { searchAfter }),
  });
  result.total = page.total;
  ids.push(...page.contacts.map((contact) => contact.id));
  searchAfter = page.contacts.at(-1)?.searchAfter;
} while (searchAfter);
result.contacts = ids;

const { body, signatures, tampered } = order.webhook;
const seen = async (raw) => {
  const request = {
    method: "POST",
    url: "/webhook",
    headers: Object.fromEntries(
      Object.entries(signatures).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: JSON.parse(raw),
    rawBody: Buffer.from(raw),
  };
  await client.webhooks.subscribe()(request, {}, () => {});
  return request.isSignatureValid;
};
result.webhook = { genuine: await seen(body), tampered: await seen(tampered) };

process.stdout.write(JSON.stringify(result));
// Its session storage keeps a timer running.
process.exit(0);
