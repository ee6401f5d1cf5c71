import { type RunningListener, startCallbackListener } from "@picket/callback";
import { type CallbackConfig, configSecrets, loadCallbackConfig } from "@picket/config";
import { createLogger, type Logger, runProgram, stopOnSignal } from "@picket/logging";
import { createHitStore } from "@picket/queue";

/** What strangers send can make no more log lines than one in this time, ms. */
const TROUBLE_PAUSE_MS = 10_000;

function limited(report: (message: string) => void): (message: string) => void {
  let next = 0;
  return (message) => {
    if (performance.now() < next) return;
    next = performance.now() + TROUBLE_PAUSE_MS;
    report(message);
  };
}

async function start(config: CallbackConfig, logger: Logger): Promise<RunningListener> {
  const { callbackKey: key, callbackHost: host, callbackPort: httpPort, callbackZone: zone } = config;
  const {
    redisUrl,
    queuePrefix: prefix,
    callbackDnsPort,
    callbackAnswerAddress: answerAddress = null,
  } = config;
  const store = createHitStore({
    redisUrl,
    prefix,
    onConnectionError: (error) => logger.warn("Redis connection lost", { error }),
  });
  const listener = await startCallbackListener({
    ...{ key, store, host, httpPort },
    dns: zone === undefined ? null : { port: callbackDnsPort, zone, answerAddress },
    onTrouble: limited((message) => logger.warn(message)),
  }).catch((error: unknown) => {
    store.close();
    throw error;
  });
  return {
    ...listener,
    async stop() {
      await listener.stop();
      store.close();
    },
  };
}

/** Waits for callbacks until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = loadCallbackConfig();
  const { logLevel: level, logFormat: format } = config;
  const logger = createLogger({ service: "callback", level, format, secrets: configSecrets() });
  const listener = await start(config, logger);
  const { httpPort, dnsPort } = listener;
  logger.info("callback listener ready", { host: config.callbackHost, httpPort, dnsPort });
  stopOnSignal(listener, logger, 0);
}

runProgram("picket-callback", main);
