import type { Application } from "../application.ts";
import { commandSite } from "../injection/command-site.ts";
import { runShell } from "../injection/shell.ts";

const MUST_FIND = ["/ping", "/lookup", "/label", "/trace"].map((where) => ({
  type: "command-injection",
  severity: "critical" as const,
  where,
}));

/** Writes values into lines of a shell: bare, in double and in single quotes. */
export const commandVulnerable: Application = {
  description: "An administrator's tools that write what they are sent into the lines of a (modelled) shell",
  expectation: { mustFind: MUST_FIND, mustNotFind: [], onlyTypes: ["command-injection"] },
  create: () =>
    commandSite({
      ping: (host) => runShell(`ping -c 1 ${host}`),
      host: (name) => runShell(`host "${name}"`),
      label: (file) => runShell(`echo 'label of ${file}'`),
    }),
};
