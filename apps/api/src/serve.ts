import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiConfig } from "@picket/config";
import { AppError, toError } from "@picket/core";
import { assertReady, DUE_CHECK_MS, startDue } from "@picket/db";
import type { Logger } from "@picket/logging";
import { type Repetition, repeat } from "@picket/queue";
import type { ApiServices } from "./api-services.ts";
import { createApp } from "./create-app.ts";
import { createServices } from "./create-services.ts";
import { wakeScan } from "./scans/wake-scan.ts";

export interface RunningApi {
  /** Where it listens, such as `http://127.0.0.1:4000`. */
  url: string;
  /** Takes no more requests, ends event streams, lets the others finish for `graceMs`, closes the pools. */
  stop(graceMs: number): Promise<void>;
}

/** Above the usual 60 s of load balancers, which must not send a request into a connection that is just closing. */
const KEEP_ALIVE_MS = 65_000;
/** A request must have arrived whole in this time. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Starts the API once database and body store can be used; without Redis it starts, and says so in /readyz. */
export async function serve(config: ApiConfig, logger: Logger): Promise<RunningApi> {
  const services = createServices(config, logger);
  try {
    await assertReady(services.database);
    await services.bodies.check();
    await services.queue.ping().catch((error) => {
      logger.warn("queue not reachable, scans will start late", { error: toError(error) });
    });
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      createApp(services, config),
    );
    const url = await listen(server, config);
    const clock = startClock(services);
    logger.info("listening", { url });
    return {
      url,
      async stop(graceMs) {
        services.scanStreams.close();
        await closeServer(server, graceMs);
        await clock.stop();
        await services.close();
        logger.info("stopped");
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}

/** Schedules and rechecks keep their times while no worker runs: their scans wait in the database. */
function startClock(services: ApiServices): Repetition {
  const { database, engineVersion, logger } = services;
  const work = {
    engineVersion,
    wake: (scanId: string) => wakeScan(services, scanId),
    onError: (what: object, error: Error) => logger.warn("what is due was not started", { ...what, error }),
  };
  return repeat(() => startDue(database, work), {
    pauseMs: DUE_CHECK_MS,
    onError: (error) => logger.warn("nothing that is due started", { error }),
  });
}

async function listen(server: Server, { host, port }: Pick<ApiConfig, "host" | "port">): Promise<string> {
  server.listen(port, host);
  await once(server, "listening").catch((cause) => {
    throw new AppError("INVALID_CONFIG", `${host}:${port} cannot be listened on: ${toError(cause).message}`, {
      hint: "Choose another PORT or HOST, or stop what uses it.",
      cause,
    });
  });
  const address = server.address() as AddressInfo;
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${name}:${address.port}`;
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
}
