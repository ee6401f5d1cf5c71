import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** One thing that a scanner says of an application. */
export interface PeerLine {
  says: string;
  /** Types of Picket's that mean the same; null: none does. */
  types: readonly string[] | null;
  /** Where it says so; null: of the whole application. */
  path: string | null;
  /** All routes, where it names several. */
  places?: readonly string[];
  /** What no declaration holds is not judged, as one may differ about it. */
  isArguable?: boolean;
}

export interface Peer {
  name: string;
  /** Its program, and Debian's package of it. */
  program: string;
  package: string;
  /** Where it takes an application for one; default: any. */
  port?: number;
  version(): Promise<string>;
  /** Scans within limits of time, with its reports in `folder`. */
  scan(url: string, folder: string): Promise<PeerLine[]>;
}

const run = promisify(execFile);

/** Its standard output. A scanner that is ended by the limit (s), or fails, has said what it has said: empty. */
export async function outputOf(command: string, args: readonly string[], limitS: number): Promise<string> {
  const options = { timeout: limitS * 1_000, maxBuffer: 64 * 1024 * 1024, killSignal: "SIGKILL" } as const;
  return run(command, [...args], options).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? "",
  );
}

/** Path without query of an address or a path. */
export function pathOf(address: string): string {
  return URL.parse(address, "http://app.test/")?.pathname ?? address;
}
