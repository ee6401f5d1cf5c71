import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

export const COMMAND_INJECTION: Claim = {
  type: "command-injection",
  title: "A parameter is run by a shell (command injection)",
  description:
    "What is sent in this parameter becomes part of a command line that a shell on the server runs. Whoever sends requests can run programs there with the rights of the application.",
  severity: "critical",
  remediation: `Use a library instead of a program. Where a program has to be called, call it without a shell, with its arguments as a list, and take only values of a fixed form; put -- before them, so that none is read as an option.
Node: execFile("ping", ["-c", "1", "--", host]), never exec("ping " + host)
Python: subprocess.run(["ping", "-c", "1", "--", host]), never shell=True or os.system
PHP: proc_open(["ping", "-c", "1", "--", $host], …); escapeshellarg() only where that cannot be
Java: new ProcessBuilder("ping", "-c", "1", "--", host)
Run the application as a user that may do no more than it has to.`,
  references: [
    "https://cheatsheetseries.owasp.org/cheatsheets/OS_Command_Injection_Defense_Cheat_Sheet.html",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/12-Testing_for_Command_Injection",
  ],
  cwe: 78,
};
