import { CspEvaluator, DEFAULT_CHECKS } from "csp_evaluator";
import { type Finding, Severity, Type } from "csp_evaluator/dist/finding.js";
import { CspParser } from "csp_evaluator/dist/parser.js";

/** What Google's CSP Evaluator knows beyond the sources that `cspWeaknesses` judges. */
export type CspPitfall =
  | "object-unrestricted"
  | "base-unrestricted"
  | "bypassable-host"
  | "short-nonce"
  | "misspelt";

const SYNTAX = new Set<Type>([Type.MISSING_SEMICOLON, Type.UNKNOWN_DIRECTIVE, Type.INVALID_KEYWORD]);

/** Only what is certain: findings that the evaluator itself calls possible are left out. */
function pitfallOf({ type, severity, directive }: Finding): CspPitfall | null {
  if (type === Type.MISSING_DIRECTIVES && severity === Severity.HIGH) {
    if (directive === "object-src") return "object-unrestricted";
    return directive === "base-uri" ? "base-unrestricted" : null;
  }
  if (type === Type.SCRIPT_ALLOWLIST_BYPASS && severity === Severity.HIGH) return "bypassable-host";
  if (type === Type.NONCE_LENGTH) return "short-nonce";
  return SYNTAX.has(type) ? "misspelt" : null;
}

function pitfallsOf(value: string): Set<CspPitfall> {
  const found = new CspEvaluator(new CspParser(value).csp).evaluate(undefined, DEFAULT_CHECKS);
  return new Set(found.map(pitfallOf).filter((pitfall) => pitfall !== null));
}

/** Policies bind together, so only what each of them has; a misspelt directive is a mistake in any of them. */
export function cspPitfalls(values: readonly string[]): CspPitfall[] {
  const policies = values.flatMap((value) => value.split(",")).filter((value) => value.trim() !== "");
  const [first, ...others] = policies.map(pitfallsOf);
  const all = [first, ...others].flatMap((set) => [...(set ?? [])]);
  const shared = [...(first ?? [])].filter((pitfall) => others.every((set) => set.has(pitfall)));
  return [...new Set([...shared, ...all.filter((pitfall) => pitfall === "misspelt")])];
}
