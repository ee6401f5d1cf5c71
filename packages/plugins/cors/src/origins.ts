import { originOf, tryParseIp, type WebUrl } from "@picket/core";

/** Origins that no target has a reason to trust, new with every scan. */
export interface TestOrigins {
  /** Two hosts that have nothing to do with the target or with each other. */
  readonly foreign: string;
  readonly second: string;
  /** Hosts that only look like the target's: its name as a prefix, and as a suffix where it is a name. */
  readonly lookalikes: readonly string[];
}

function lookalikesOf(base: WebUrl, label: string): string[] {
  const { scheme, host } = base;
  // The brackets of an IPv6 address leave no room for a name around it.
  if (host.includes(":")) return [];
  const prefixed = `${scheme}://${host}.${label}.example`;
  const suffixed = originOf({ ...base, host: `${label}${host}` });
  return tryParseIp(host) ? [prefixed] : [prefixed, suffixed];
}

/** Made from the scan's id, so that whoever reads the target's log can tell where they come from. */
export function testOrigins(base: WebUrl, scanId: string): TestOrigins {
  const label = `p${scanId.replaceAll("-", "").slice(-12)}`;
  return {
    foreign: `https://${label}.example`,
    second: `https://second.${label}.test`,
    lookalikes: lookalikesOf(base, label),
  };
}
