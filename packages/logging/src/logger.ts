import type { Writable } from "node:stream";
import winston from "winston";
import { createMask } from "./mask.ts";
import { plainFields } from "./plain-fields.ts";
import { jsonLine, type LogRecord, prettyLine } from "./render-line.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * ERROR: someone must act. WARN: degraded, heals itself. INFO: lifecycle; a target that is down is INFO. DEBUG: for
 * development. Messages are constant; what varies is in the fields, a thrown value under `error`.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

export type LogLevel = LogRecord["level"];

export interface LoggerOptions {
  /** Name of the program, in every line. */
  service: string;
  /** Least important level that is written. Default info. */
  level?: LogLevel;
  /** Default json. */
  format?: "json" | "pretty";
  /** Values that are masked wherever they occur, in raw, URL, JSON, hex and base64 form. Under 4 characters: ignored. */
  secrets?: readonly string[];
  /** Where info and debug go. Default standard output; a program whose output is data gives standard error. */
  out?: Writable;
  /** Where error and warn go. Default standard error. */
  err?: Writable;
}

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

/** Writes lines through winston; secrets are masked at this one sink, whoever logs them. */
export function createLogger(options: LoggerOptions): Logger {
  const { service, level = "info", format = "json", secrets = [] } = options;
  const mask = createMask(secrets);
  const render = format === "json" ? jsonLine : prettyLine;
  const text = winston.format.printf((info) =>
    render({
      time: new Date().toISOString(),
      level: info.level as LogLevel,
      service,
      message: mask(String(info.message)),
      fields: plainFields(info.fields as LogFields, mask),
    }),
  );
  const sink = winston.createLogger({
    levels: LEVELS,
    level,
    transports: [
      streamTransport(options.err ?? process.stderr, ["error", "warn"], text),
      streamTransport(options.out ?? process.stdout, ["info", "debug"], text),
    ],
  });
  return scopedLogger(sink, {});
}

function streamTransport(stream: Writable, levels: readonly LogLevel[], text: winston.Logform.Format) {
  const only = winston.format((info) => (levels.includes(info.level as LogLevel) ? info : false));
  return new winston.transports.Stream({ stream, format: winston.format.combine(only(), text) });
}

/** Fields travel as one member: winston would merge a field called `message` or `level` into its own. */
function scopedLogger(sink: winston.Logger, scope: LogFields): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (sink.isLevelEnabled(level)) sink.log({ level, message, fields: { ...scope, ...fields } });
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => scopedLogger(sink, { ...scope, ...fields }),
  };
}

/** Writes nothing. */
export function silentLogger(): Logger {
  const nothing = () => undefined;
  const logger: Logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    child: () => logger,
  };
  return logger;
}
