import { type EndpointParameter, MAX_EXAMPLE_LENGTH, type ParameterPosition } from "@picket/core";
import { propertiesOf } from "./script-objects.ts";
import type { ScriptToken } from "./script-strings.ts";

function exampleAt(tokens: readonly ScriptToken[], index: number): Pick<EndpointParameter, "example"> {
  const token = tokens[index];
  const isLiteral = token && (token.type === "string" || /^(?:\d+|true|false)$/.test(token.text));
  return isLiteral && tokens[index - 1]?.text === ":" && token.text.length <= MAX_EXAMPLE_LENGTH
    ? { example: token.text }
    : {};
}

/** Parameters that an object literal names; those in JSON by pointer, with the objects inside it. */
export function parametersAt(
  tokens: readonly ScriptToken[],
  start: number,
  position: ParameterPosition,
  parent = "",
): EndpointParameter[] {
  return propertiesOf(tokens, start).flatMap(({ key, value }): EndpointParameter[] => {
    const name = position === "json" ? `${parent}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}` : key;
    if (name.length > 256 || key === "") return [];
    if (position === "json" && tokens[value]?.text === "{")
      return parametersAt(tokens, value, position, name);
    return [{ name, in: position, ...exampleAt(tokens, value) }];
  });
}
