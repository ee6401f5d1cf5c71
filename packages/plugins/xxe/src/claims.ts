import type { FindingInput } from "@picket/plugin-sdk";

type Claim = Pick<
  FindingInput,
  "type" | "title" | "description" | "severity" | "remediation" | "references" | "cwe"
>;

const REFERENCES = [
  "https://cheatsheetseries.owasp.org/cheatsheets/XML_External_Entity_Prevention_Cheat_Sheet.html",
  "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/07-Input_Validation_Testing/07-Testing_for_XML_Injection",
];

const REMEDIATION = `Refuse documents with a DOCTYPE, or have the parser load and expand nothing:
Java: factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true); XMLInputFactory: SUPPORT_DTD false
.NET: XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null }
Python: defusedxml in place of xml.*; lxml: XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
PHP: never LIBXML_NOENT or LIBXML_DTDLOAD; before PHP 8 libxml_disable_entity_loader(true)
Node: libxmljs without { noent: true }; fast-xml-parser with processEntities: false
Ruby: Nokogiri with its defaults, never NOENT or DTDLOAD
Where XML is not needed, take JSON alone: check Content-Type before a framework chooses a parser by it.`;

/** The parser loads what a document names. */
export const XXE: Claim = {
  type: "xxe",
  title: "XML documents may name files and addresses that the server loads (external entities)",
  description:
    "The XML parser loads the external entities of documents that are sent here. Whoever sends requests can have the server read its own files and ask for addresses that only it reaches.",
  severity: "high",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 611,
};

/** It expands what the document itself defines, and no more was seen. */
export const DTD_PROCESSED: Claim = {
  type: "xml-entities-expanded",
  title: "Entities that an XML document defines are expanded",
  description:
    "The XML parser reads the DTD of documents that are sent here and expands the entities that it defines. A small document can make it fill the memory (billion laughs), unless the parser bounds it. That it loads external entities was not seen.",
  severity: "low",
  remediation: REMEDIATION,
  references: REFERENCES,
  cwe: 776,
};

export const NAME_LOOKUP: Claim = {
  ...XXE,
  type: "xml-name-lookup",
  title: "A name that an XML document holds is looked up on the server's side",
  description:
    "The name of an external entity was looked up in the DNS, and nothing was asked of it. It may be the beginning of a request that a firewall keeps inside (external entities), or a filter that looks up every name.",
  severity: "low",
};
