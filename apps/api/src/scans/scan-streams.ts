import { AppError, isTerminal, toError } from "@picket/core";
import { type Database, readScanSnapshot, type ScanSnapshot } from "@picket/db";
import type { Logger } from "@picket/logging";
import type { Response } from "express";
import { scanMessages, snapshotId } from "./scan-messages.ts";

export interface StreamClient {
  response: Response;
  /** Id of the state that the client knows, or null. */
  lastEventId: string | null;
  /** Throws UNAUTHENTICATED once the client's token is no longer valid. Asked with every heartbeat. */
  assertAllowed(): Promise<void>;
}

export interface ScanStreams {
  /** Sends the state, then its changes, until the scan has ended or the client has gone. */
  open(snapshot: ScanSnapshot, client: StreamClient): void;
  /** Ends all streams: clients come back by themselves, to another process. */
  close(): void;
}

export interface ScanStreamsOptions {
  database: Database;
  logger: Logger;
  /** How often a scan that someone follows is read, ms. Default 1,000. */
  pollMs?: number;
  /** How often a stream without news gets a sign of life, ms. Default 15,000, below the usual 30–60 s of proxies. */
  heartbeatMs?: number;
}

/** A client that does not read is cut off when this much waits for it, bytes. */
const MAX_WAITING_BYTES = 1_048_576;

interface Watch {
  snapshot: ScanSnapshot;
  clients: Set<StreamClient>;
  timer?: NodeJS.Timeout;
}

/** Each scan that is followed is read once per interval, however many follow it. */
export function createScanStreams(options: ScanStreamsOptions): ScanStreams {
  const { database, logger, pollMs = 1_000, heartbeatMs = 15_000 } = options;
  const watches = new Map<string, Watch>();

  function open(snapshot: ScanSnapshot, client: StreamClient): void {
    const watch = watches.get(snapshot.scan.id);
    const now = watch?.snapshot ?? snapshot;
    client.response.write("retry: 2000\n\n");
    send(client, client.lastEventId === snapshotId(now) ? "" : scanMessages(null, now));
    if (isTerminal(now.scan.status)) client.response.end();
    else join(watch ?? startWatch(snapshot), client);
  }

  function startWatch(snapshot: ScanSnapshot): Watch {
    const watch: Watch = { snapshot, clients: new Set() };
    watches.set(snapshot.scan.id, watch);
    schedule(watch);
    return watch;
  }

  function schedule(watch: Watch): void {
    watch.timer = setTimeout(() => void poll(watch), pollMs);
  }

  function join(watch: Watch, client: StreamClient): void {
    watch.clients.add(client);
    const heartbeat = setInterval(() => void beat(client), heartbeatMs);
    client.response.once("close", () => {
      clearInterval(heartbeat);
      watch.clients.delete(client);
      if (watch.clients.size === 0) stopWatch(watch);
    });
  }

  function stopWatch({ snapshot, timer }: Watch): void {
    clearTimeout(timer);
    watches.delete(snapshot.scan.id);
  }

  async function poll(watch: Watch): Promise<void> {
    const scanId = watch.snapshot.scan.id;
    const now = await readScanSnapshot(database.sql, scanId).catch((error) => {
      logger.warn("scan state not read, trying again", { scanId, error: toError(error) });
      return null;
    });
    if (watches.get(scanId) !== watch) return;
    if (now) tell(watch, now);
    if (!isTerminal(watch.snapshot.scan.status)) schedule(watch);
  }

  function tell(watch: Watch, now: ScanSnapshot): void {
    const text = scanMessages(watch.snapshot, now);
    watch.snapshot = now;
    for (const client of watch.clients) {
      send(client, text);
      if (isTerminal(now.scan.status)) client.response.end();
    }
  }

  async function beat(client: StreamClient): Promise<void> {
    try {
      await client.assertAllowed();
    } catch (error) {
      // Any other error says nothing about the token.
      if (error instanceof AppError && error.code === "UNAUTHENTICATED") client.response.end();
    }
    send(client, ": alive\n\n");
  }

  function close(): void {
    for (const watch of watches.values()) {
      stopWatch(watch);
      for (const { response } of watch.clients) response.end();
    }
  }

  return { open, close };
}

function send({ response }: StreamClient, text: string): void {
  if (text === "" || response.writableEnded) return;
  response.write(text);
  if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
}
