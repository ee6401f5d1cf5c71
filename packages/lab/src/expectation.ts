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

function unmatched({ mustFind }: Expectation, reported: readonly ReportedFinding[]): string[] {
  const left = [...reported];
  const missing: string[] = [];
  for (const expected of mustFind) {
    const index = left.findIndex((finding) => isMatch(expected, finding));
    if (index >= 0) left.splice(index, 1);
    else missing.push(`missing: ${expected.type} (${expected.severity}) at ${expected.where}`);
  }
  const types = new Set(mustFind.map(({ type }) => type));
  const surplus = left.filter(({ type }) => types.has(type)).map(describe("one too many"));
  return [...missing, ...surplus];
}

function describe(problem: string) {
  return ({ type, severity, where }: ReportedFinding) =>
    `${problem}: ${type} (${severity}) at ${where.slice(0, 5).join(", ")}`;
}

/** Every difference between what a scan reported and what it must report, in words; empty when there is none. */
export function expectationProblems(
  expectation: Expectation,
  reported: readonly ReportedFinding[],
): string[] {
  const { mustNotFind, onlyTypes } = expectation;
  const trapped = reported.filter(({ type, where }) =>
    mustNotFind.some((trap) => trap.type === type && (!trap.where || where.includes(trap.where))),
  );
  const foreign = onlyTypes ? reported.filter(({ type }) => !onlyTypes.includes(type)) : [];
  return [
    ...unmatched(expectation, reported),
    ...trapped.map(describe("false")),
    ...foreign.map(describe("not expected")),
  ];
}
