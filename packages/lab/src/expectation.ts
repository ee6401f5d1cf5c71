type Severity = "critical" | "high" | "medium" | "low" | "info";

export interface ExpectedFinding {
  type: string;
  severity: Severity;
  /** Route that is among the finding's instances, such as `/login`. */
  where: string;
}

/** What a `standard` scan of an application must report, and what it must not. */
export interface Expectation {
  /** Each entry is exactly one finding. */
  mustFind: readonly ExpectedFinding[];
  /** Traps: no finding of this type may have an instance on this route; without `where`, on any. */
  mustNotFind: readonly { type: string; where?: string }[];
  /** When given, a finding of any other type is an error. */
  onlyTypes?: readonly string[];
}

/** A finding as it is compared: `where` lists the routes of all its instances. */
export interface ReportedFinding {
  type: string;
  severity: string;
  where: readonly string[];
}

function isMatch(expected: ExpectedFinding, reported: ReportedFinding): boolean {
  return (
    expected.type === reported.type &&
    expected.severity === reported.severity &&
    reported.where.includes(expected.where)
  );
}

/** `declared`: it is as it must be. `open`: nothing is said of it. The others are errors. */
export type Verdict = "declared" | "open" | "one too many" | "false" | "not expected";

export interface Judgement {
  /** In their order. */
  readonly judged: readonly { readonly finding: ReportedFinding; readonly verdict: Verdict }[];
  readonly missed: readonly ExpectedFinding[];
}

function isTrapped({ mustNotFind }: Expectation, { type, where }: ReportedFinding): boolean {
  return mustNotFind.some((trap) => trap.type === type && (!trap.where || where.includes(trap.where)));
}

function verdictOf(expectation: Expectation, finding: ReportedFinding, isDeclared: boolean): Verdict {
  const { mustFind, onlyTypes } = expectation;
  if (isTrapped(expectation, finding)) return "false";
  if (isDeclared) return "declared";
  if (mustFind.some(({ type }) => type === finding.type)) return "one too many";
  return onlyTypes && !onlyTypes.includes(finding.type) ? "not expected" : "open";
}

/** Holds each finding against what a scan must and must not report. */
export function judge(expectation: Expectation, reported: readonly ReportedFinding[]): Judgement {
  const missed: ExpectedFinding[] = [];
  const declared = new Set<number>();
  for (const expected of expectation.mustFind) {
    const index = reported.findIndex((finding, at) => !declared.has(at) && isMatch(expected, finding));
    if (index >= 0) declared.add(index);
    else missed.push(expected);
  }
  const judged = reported.map((finding, index) => ({
    finding,
    verdict: verdictOf(expectation, finding, declared.has(index)),
  }));
  return { judged, missed };
}

/** True where a finding is an error of the scan. */
export function isWrong(verdict: Verdict): boolean {
  return verdict !== "declared" && verdict !== "open";
}

/** Every difference between what a scan reported and what it must report, in words; empty when there is none. */
export function expectationProblems(
  expectation: Expectation,
  reported: readonly ReportedFinding[],
): string[] {
  const { judged, missed } = judge(expectation, reported);
  const wrong = judged.filter(({ verdict }) => isWrong(verdict));
  return [
    ...missed.map(({ type, severity, where }) => `missing: ${type} (${severity}) at ${where}`),
    ...wrong.map(
      ({ finding: { type, severity, where }, verdict }) =>
        `${verdict}: ${type} (${severity}) at ${where.slice(0, 5).join(", ")}`,
    ),
  ];
}
