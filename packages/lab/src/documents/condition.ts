type Stored = string | number;

/** Whether a value fits a condition, as MongoDB evaluates it: an object is operators, anything else the value itself. */
export function fits(stored: Stored, condition: unknown): boolean {
  if (typeof condition !== "object" || condition === null) return stored === condition;
  return Object.entries(condition).every(([operator, value]) => applies(operator, stored, value));
}

function applies(operator: string, stored: Stored, value: unknown): boolean {
  switch (operator) {
    case "$eq":
      return fits(stored, value);
    case "$ne":
    case "$not":
      return !fits(stored, value);
    case "$in":
      return Object.values(value as object).some((one) => fits(stored, one));
    case "$gt":
      return stored > String(value);
    case "$regex":
      return new RegExp(String(value)).test(String(stored));
    default:
      if (operator.startsWith("$")) throw new Error(`unknown operator: ${operator}`);
      return false;
  }
}
