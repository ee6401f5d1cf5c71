import { MAX_LOG_LENGTH, MAX_LOG_LINES } from "./limits.ts";
import type { ChildMessage, LogLine } from "./messages.ts";
import type { LogFields, PluginLog } from "./plugin-context.ts";

type Value = LogFields[string];

function cut(value: Value): Value {
  return typeof value === "string" ? value.slice(0, MAX_LOG_LENGTH) : value;
}

function cutFields(fields: LogFields): LogLine["fields"] {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.slice(0, 100), cut(value)]));
}

/** A log whose lines go to the parent, up to `MAX_LOG_LINES`; `dropped` counts the rest. */
export function createRemoteLog(send: (message: ChildMessage) => void): PluginLog & { dropped(): number } {
  let lines = 0;
  const write =
    (level: LogLine["level"]) =>
    (message: string, fields: LogFields = {}) => {
      lines += 1;
      if (lines > MAX_LOG_LINES) return;
      send({
        kind: "log",
        line: { level, message: message.slice(0, MAX_LOG_LENGTH), fields: cutFields(fields) },
      });
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    dropped: () => Math.max(0, lines - MAX_LOG_LINES),
  };
}
