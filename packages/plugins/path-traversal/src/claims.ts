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

export const FILE_INCLUSION: Claim = {
  type: "file-inclusion",
  title: "A parameter names what PHP includes as a program (file inclusion)",
  description:
    "What is sent in this parameter reaches include or require, with PHP's stream wrappers. Whoever sends requests can read the source of the application and the keys in it, and run code of their own: from a name where allow_url_include is on, else through filters or a file that they can have written.",
  severity: "critical",
  remediation: `Choose the file from a list: $pages = ["home" => "home.php", "about" => "about.php"]; require __DIR__ . "/pages/" . ($pages[$name] ?? "home.php"). A folder in front and a suffix behind are no repair.
php.ini: allow_url_include = Off (the default), open_basedir = the application's folder`,
  references: [
    "https://www.php.net/manual/en/wrappers.php",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/11.1-Testing_for_File_Inclusion",
  ],
  cwe: 98,
};
