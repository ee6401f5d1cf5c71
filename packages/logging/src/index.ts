export { createLogger, type Logger, silentLogger } from "./logger.ts";
export { runProgram, stopOnSignal } from "./run-program.ts";
