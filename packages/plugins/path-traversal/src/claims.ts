import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

export const PATH_TRAVERSAL: Claim = {
  type: "path-traversal",
  title: "A parameter names files outside their folder (path traversal)",
  description:
    "The name that is sent in this parameter leads out of the folder that it is meant for: the application answers with a file of the system. Whoever sends requests can read what the application can read, such as its settings, keys and source. Where the file is included as a program, they may run code.",
  severity: "high",
  remediation: `Take an identifier and look the file up, or compare what was sent with a list of names. Where a name must be taken: resolve it, and refuse what is not below the folder.
Node: const file = path.resolve(folder, name); if (!file.startsWith(folder + path.sep)) refuse; Express: response.sendFile(name, { root: folder })
PHP: $file = realpath($folder . "/" . $name); if (!str_starts_with($file, $folder . "/")) refuse; include only from a list
Java: folder.resolve(name).normalize().startsWith(folder)
Python: (folder / name).resolve().is_relative_to(folder)
nginx: an alias ends with a slash where its location does. Apache: Require all denied on <Directory />
Let the application's user read no more than it has to.`,
  references: [
    "https://owasp.org/www-community/attacks/Path_Traversal",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/05-Authorization_Testing/01-Testing_Directory_Traversal_File_Include",
  ],
  cwe: 22,
};
