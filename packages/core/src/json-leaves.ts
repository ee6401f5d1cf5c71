/** JSON Pointers (RFC 6901) and values of a document's leaves, at most `max`. */
export function jsonLeaves(document: unknown, max: number): [pointer: string, value: string][] {
  const leaves: [string, string][] = [];
  const visit = (value: unknown, pointer: string): void => {
    if (leaves.length >= max) return;
    if (typeof value === "object" && value !== null) {
      for (const [key, child] of Object.entries(value))
        visit(child, `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    } else if (pointer !== "") leaves.push([pointer, String(value)]);
  };
  visit(document, "");
  return leaves;
}
