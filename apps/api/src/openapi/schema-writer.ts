import { AppError } from "@picket/core";
import { z } from "zod";

/** As much of JSON Schema 2020-12 as is read here; the rest passes through. */
export interface JsonSchema {
  $ref?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  [keyword: string]: unknown;
}

export interface SchemaWriter {
  /** The schema's wire side as JSON Schema; what has an id of its own becomes a reference to a component. */
  write(schema: z.ZodType): JsonSchema;
  /** All components so far, by name. */
  schemas(): Record<string, JsonSchema>;
}

export function createSchemaWriter(): SchemaWriter {
  const components = new Map<string, JsonSchema>();

  function addComponent(name: string, schema: JsonSchema): void {
    const known = components.get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new AppError("INTERNAL", `two different schemas are named ${name}`);
    }
    components.set(name, schema);
  }

  return {
    write(schema) {
      const {
        $defs = {},
        $schema: _,
        ...written
      } = z.toJSONSchema(schema, {
        io: "input",
        override: ({ jsonSchema }) => {
          // A format says what its pattern says, in a word.
          if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
          // Bounds of the number type itself.
          if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
          if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        },
      });
      for (const [name, definition] of Object.entries($defs)) {
        addComponent(componentName(name), withComponentRefs(definition));
      }
      return withComponentRefs(written);
    },
    schemas: () => Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** zod numbers what has no id; the only such schema here is the recursive one of any JSON. */
function componentName(name: string): string {
  return name === "__schema0" ? "Json" : name;
}

function withComponentRefs(schema: object): JsonSchema {
  const text = JSON.stringify(schema);
  const moved = text.replace(
    /"\$ref":"#\/\$defs\/([^"]+)"/g,
    (_, name: string) => `"$ref":"#/components/schemas/${componentName(name)}"`,
  );
  return JSON.parse(moved) as JsonSchema;
}
