import type { Signature } from "@picket/plugin-sdk/probe";

function signatures(name: string, ...parts: Signature["parts"][]): Signature[] {
  return parts.map((one) => ({ name, parts: one }));
}

/** What libraries say of an expression that cannot be read. */
export const XPATH_ERRORS: readonly Signature[] = [
  ...signatures(
    "libxml2",
    ["SimpleXMLElement::xpath()", "nvalid"],
    ["DOMXPath::query()", "nvalid"],
    ["DOMXPath::evaluate()", "nvalid"],
    ["xmlXPathEval"],
    ["XPathEvalError"],
    ["Nokogiri::XML::XPath::SyntaxError"],
    ["lxml.etree", "Invalid predicate"],
    ["lxml.etree", "Invalid expression"],
    ["lxml.etree", "Unfinished literal"],
  ),
  ...signatures(
    "Java",
    ["javax.xml.xpath.XPathExpressionException"],
    ["javax.xml.transform.TransformerException", "location path"],
    ["org.apache.xpath"],
    ["org.jaxen.XPathSyntaxException"],
    ["misquoted literal", "expecting"],
    ["net.sf.saxon.trans.XPathException"],
    ["com.sun.org.apache.xpath"],
  ),
  ...signatures(
    ".NET",
    ["System.Xml.XPath.XPathException"],
    ["MS.Internal.Xml.XPath"],
    ["has an invalid token"],
    ["This is an unclosed string"],
  ),
  ...signatures(
    "Node",
    ["XPath parse error"],
    ["XPathException"],
    ["Invalid XPath expression"],
    ["not a valid XPath expression"],
  ),
  ...signatures(
    "Python",
    ["elementpath", "XPST0003"],
    ["SyntaxError: invalid predicate"],
    ["invalid predicate", "ElementPath"],
  ),
  ...signatures("Go", ["xpath:", "unclosed string"], ["antchfx/xpath"]),
  ...signatures("XPath", ["XPST0003"], ["Unfinished literal", "XPath"]),
];
