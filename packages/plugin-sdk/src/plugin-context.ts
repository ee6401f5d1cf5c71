import type {
  Capability,
  Environment,
  HttpRequest,
  HttpResult,
  Identity,
  ProfileName,
  StorageMode,
} from "@picket/core";
import type { z } from "zod";
import type { PluginCallbacks } from "./plugin-callbacks.ts";
import type { PluginTls } from "./plugin-tls.ts";
import type { SessionReader } from "./session.ts";

/** One place that a scan is confined to. */
export interface FocusPlace {
  readonly method: string;
  /** Absolute, as the plugin reported it; secrets in it are masked. */
  readonly url: string;
  readonly parameter: { readonly name: string; readonly in: string } | null;
}

/** What the target's owner lets this plugin send. The broker refuses the rest; who reads it saves the requests. */
export interface Permissions {
  /** POST, PUT and PATCH, beyond queries of GraphQL. */
  readonly submitForms: boolean;
  /** What looks as if it deleted, cancelled or ended something. */
  readonly destroy: boolean;
}

/** What a plugin knows of the scan it runs in. */
export interface ScanInfo {
  readonly id: string;
  readonly target: { readonly id: string; readonly baseUrl: string; readonly environment: Environment };
  readonly profile: ProfileName;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /**
   * Null: look everywhere. In a recheck, the places of the finding in question: a plugin that makes requests asks for
   * these and their controls, and for nothing else.
   */
  readonly focus: readonly FocusPlace[] | null;
  /** Whose sessions the scan has: who asks for another is refused. `anonymous` is always there. */
  readonly identities: readonly Identity[];
  readonly may: Permissions;
}

/** A request as a plugin writes it; only `url` is required. */
export type HttpRequestInput = z.input<typeof HttpRequest>;

/** All of a request but its URL and method. */
export type GetOptions = Omit<HttpRequestInput, "url" | "method">;

/**
 * The way to the target: the broker in the worker sends what scope, budget and capabilities allow and records the
 * exchange. Whatever keeps a response away is a result (`ok: false`), a malformed request included: it never rejects.
 */
export interface PluginHttp {
  request(request: HttpRequestInput): Promise<HttpResult>;
  get(url: string, options?: GetOptions): Promise<HttpResult>;
  /**
   * One piece of work after another over the whole run, for exchanges that belong together, such as a page with a token
   * and the form that uses it up. Work may not wait for other work in turn.
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Negative controls: requests that must not show the effect. If they do, the effect proves nothing. */
export interface NegativeControl {
  /**
   * Asks for a path that surely does not exist, in the directory and with the extension of `like` (absolute or
   * relative to the target; default: the base URL). Redirects are not followed.
   */
  randomPath(like?: string): Promise<HttpResult>;
  /** Sends what `build` makes of a harmless value of the payload's length and letter case instead of the payload. */
  benign(payload: string, build: (value: string) => HttpRequestInput): Promise<HttpResult>;
}

/** Facts beside a log message; values that JSON can carry. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** At most 1,000 lines per run are kept, each cut at 2,000 characters. */
export interface PluginLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
}

/** Everything a plugin may use. There is no other way out of its process. */
export interface PluginContext<Settings = unknown> {
  /** Parsed with the plugin's `config`. */
  readonly settings: Settings;
  /** What the plugin declared and the profile granted. */
  readonly capabilities: readonly Capability[];
  readonly http: PluginHttp;
  /** For plugins with `tls:connect`. */
  readonly tls: PluginTls;
  /** For plugins with `callback:use`. */
  readonly callbacks: PluginCallbacks;
  /** What earlier stages of this scan have recorded, read-only. */
  readonly session: SessionReader;
  readonly storage: {
    /** How much of a body is stored when a request does not say. */
    readonly mode: StorageMode;
  };
  readonly control: NegativeControl;
  readonly log: PluginLog;
  /** Aborted when the run is cancelled or past its deadline; the process is killed 1 s later. */
  readonly signal: AbortSignal;
  /**
   * The same context, whose requests and controls are counted as sent for these of the plugin's finding types alone. A
   * request that does not say counts for every type that the plugin reports.
   */
  lookingFor(...types: string[]): PluginContext<Settings>;
}
