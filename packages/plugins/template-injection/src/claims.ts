import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

export const TEMPLATE_INJECTION: Claim = {
  type: "template-injection",
  title: "A parameter is evaluated as a template on the server (template injection)",
  description:
    "An expression that is sent in this parameter is worked out by the application's template engine. Most engines reach from there to files and programs: whoever sends requests can run code on the server.",
  severity: "critical",
  remediation: `Keep templates in files that only developers write, and hand values to them as data. Never join a value into the text of a template.
Jinja2: render_template("hello.html", name=name), never render_template_string("Hello " + name)
Twig: $twig->render("hello.html", ["name" => $name]), never createTemplate("Hello " . $name)
EJS, Pug, Handlebars: render a file with { name }, never a string that holds it
Freemarker, Velocity, Thymeleaf: put the value into the model; no expression preprocessing (__\${…}__) of what was sent
Where users must write templates, use an engine without logic, such as Mustache, in a process of its own without network and files.`,
  references: [
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/18-Testing_for_Server-side_Template_Injection",
    "https://portswigger.net/research/server-side-template-injection",
  ],
  cwe: 1336,
};

export const CODE_INJECTION: Claim = {
  type: "code-injection",
  title: "A parameter is run as code on the server (code injection)",
  description:
    "What is sent in this parameter becomes part of a program that the server runs, as by eval. Whoever sends requests can run code on the server with the rights of the application.",
  severity: "critical",
  remediation: `Never join a value into code. Write what may be chosen as a list, look the value up in it, and refuse what is not there. For formulas use a parser that knows numbers, signs and the names you list.
PHP: no eval, assert with text, create_function, or preg_replace with /e; symfony/expression-language for formulas; json_decode for settings. php.ini's disable_functions cannot name eval, so that the code has to change
Node: no eval, new Function, vm.runInNewContext (which is no sandbox), setTimeout with a text; Number(value) with Number.isFinite, JSON.parse, expr-eval for formulas
Python: no eval or exec; ast.literal_eval for values, json.loads for settings
Ruby: no eval, instance_eval, or send with a name that was sent; public_send with a name from a list`,
  references: [
    "https://owasp.org/www-community/attacks/Code_Injection",
    "https://cheatsheetseries.owasp.org/cheatsheets/Nodejs_Security_Cheat_Sheet.html",
    "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/11-Testing_for_Code_Injection",
  ],
  cwe: 95,
};
