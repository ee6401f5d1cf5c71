/** `column = $n` for every value that is not undefined, numbered from `first`, and the values in that order. */
export function setColumns(
  columns: Readonly<Record<string, unknown>>,
  first: number,
): { text: string; values: unknown[] } {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  const text = given.map(([column], index) => `${column} = $${first + index}`).join(", ");
  return { text, values: given.map(([, value]) => value) };
}
