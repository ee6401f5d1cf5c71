/** An object whose optional members are there or not there, never undefined: what Prisma takes as a change. */
export type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

export function definedOnly<Value extends object>(value: Value): Defined<Value> {
  const given = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(given) as Defined<Value>;
}
