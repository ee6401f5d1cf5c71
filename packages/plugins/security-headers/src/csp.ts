/** Directives of one policy: name to sources, lower-case where case has no meaning. */
export type Policy = ReadonlyMap<string, readonly string[]>;

/** What makes a policy no protection against injected scripts. */
export type CspWeakness = "scripts-unrestricted" | "any-script-source" | "inline-scripts" | "eval";

/** Sources that stand for any host, or for content that the attacker writes into the page. */
const ANY_SOURCE = new Set(["*", "http:", "https:", "data:", "http://*", "https://*"]);
const NONCE_OR_HASH = /^'(nonce-|sha(256|384|512)-)/;

/** Policies of header or meta values; a comma separates policies. The first of a repeated directive counts (CSP 3, 2.2.1). */
export function parsePolicies(values: readonly string[]): Policy[] {
  return values
    .flatMap((value) => value.split(","))
    .map(parsePolicy)
    .filter((policy) => policy.size > 0);
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>();
  for (const directive of text.split(";")) {
    const [name = "", ...sources] = directive.trim().toLowerCase().split(/\s+/);
    if (name !== "" && !policy.has(name)) policy.set(name, sources);
  }
  return policy;
}

function weaknessesOf(sources: readonly string[]): Set<CspWeakness> {
  const weaknesses = new Set<CspWeakness>();
  const isStrictDynamic = sources.includes("'strict-dynamic'");
  const hasNonceOrHash = sources.some((source) => NONCE_OR_HASH.test(source));
  // Browsers ignore host sources beside 'strict-dynamic', and 'unsafe-inline' beside it, a nonce or a hash.
  if (!isStrictDynamic && sources.some((source) => ANY_SOURCE.has(source)))
    weaknesses.add("any-script-source");
  if (!isStrictDynamic && !hasNonceOrHash && sources.includes("'unsafe-inline'"))
    weaknesses.add("inline-scripts");
  if (sources.includes("'unsafe-eval'")) weaknesses.add("eval");
  return weaknesses;
}

/** What the policies leave open together: all bind at once, so only what each of them allows is a weakness. */
export function cspWeaknesses(policies: readonly Policy[]): CspWeakness[] {
  const restricting = policies
    .map((policy) => policy.get("script-src") ?? policy.get("default-src"))
    .filter((sources) => sources !== undefined);
  const [first, ...others] = restricting.map(weaknessesOf);
  if (!first) return ["scripts-unrestricted"];
  return [...first].filter((weakness) => others.every((set) => set.has(weakness)));
}

/** True when a policy restricts who may frame the page. */
export function restrictsFraming(policies: readonly Policy[]): boolean {
  return policies.some((policy) => {
    const ancestors = policy.get("frame-ancestors");
    return ancestors !== undefined && !ancestors.some((source) => ANY_SOURCE.has(source));
  });
}

export function hasFrameAncestors(policies: readonly Policy[]): boolean {
  return policies.some((policy) => policy.has("frame-ancestors"));
}
