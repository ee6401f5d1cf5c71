import type { Expectation } from "../../../packages/lab/src/index.ts";
import type { PeerLine } from "./peer.ts";

export interface JudgedLines {
  /** Declared findings that a line names, each counted once. */
  found: number;
  declared: number;
  falseAlarms: PeerLine[];
  /** Information, what no type of the lab means, and what one may differ about. */
  notJudged: PeerLine[];
}

type Declared = Expectation["mustFind"][number];

function names({ types, path, places }: PeerLine, declared: Declared): boolean {
  const isThere = path === null || path === declared.where || (places?.includes(declared.where) ?? false);
  return types?.includes(declared.type) === true && isThere;
}

/** Holds what a scanner says against what an application declares. */
export function judgeLines({ mustFind }: Expectation, lines: readonly PeerLine[]): JudgedLines {
  const isTrue = (line: PeerLine) => mustFind.some((declared) => names(line, declared));
  const rest = lines.filter((line) => !isTrue(line));
  const isOpen = ({ types, isArguable }: PeerLine) => types === null || isArguable === true;
  return {
    found: mustFind.filter((declared) => lines.some((line) => names(line, declared))).length,
    declared: mustFind.length,
    falseAlarms: rest.filter((line) => !isOpen(line)),
    notJudged: rest.filter(isOpen),
  };
}
