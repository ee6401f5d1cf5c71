import { z } from "zod";
import type { PluginManifest } from "./plugin-manifest.ts";
import type { Capability, StorageMode } from "./vocabulary.ts";
import type { WebUrl } from "./web-url.ts";

export const ProfileName = z.enum(["passive", "standard", "full"]);
export type ProfileName = z.infer<typeof ProfileName>;

/** A named set of granted capabilities and settings; every registered plugin is planned under it. */
export interface Profile {
  name: ProfileName;
  description: string;
  capabilities: readonly Capability[];
  storageMode: StorageMode;
}

export const PROFILES: Record<ProfileName, Profile> = {
  passive: {
    name: "passive",
    description: "Requests that an ordinary visitor makes; judges what comes back.",
    capabilities: ["http:passive", "auth:use", "intel:read"],
    storageMode: "sampled",
  },
  standard: {
    name: "standard",
    description:
      "Adds requests that no visitor makes but that change nothing, such as asking for a backup file.",
    capabilities: ["http:passive", "http:active", "auth:use", "auth:compare", "tls:connect", "intel:read"],
    storageMode: "sampled",
  },
  full: {
    name: "full",
    description: "Adds requests with attack payloads that may change state. Not for production systems.",
    capabilities: [
      "http:passive",
      "http:active",
      "http:intrusive",
      "auth:use",
      "auth:compare",
      "tls:connect",
      "callback:use",
      "dns:resolve",
      "intel:read",
    ],
    storageMode: "sampled",
  },
};

type Needs = Pick<PluginManifest, "requiredCapabilities" | "optionalCapabilities">;

/** What a plugin may use under a profile: what it needs, and what it can use and the profile grants. */
export function grantedCapabilities(
  { requiredCapabilities, optionalCapabilities }: Needs,
  granted: readonly Capability[],
): Capability[] {
  return [...requiredCapabilities, ...optionalCapabilities.filter((one) => granted.includes(one))];
}

/** Why a module does not run in a scan, in words that name what is missing; null when it runs. */
export function skipReason(manifest: PluginManifest, profile: Profile, base: WebUrl): string | null {
  const missing = manifest.requiredCapabilities.filter(
    (capability) => !profile.capabilities.includes(capability),
  );
  if (missing.length > 0) return `profile ${profile.name} does not grant ${missing.join(", ")}`;
  const { schemes } = manifest.appliesTo;
  if (schemes && !schemes.includes(base.scheme)) return `applies to ${schemes.join(", ")} targets only`;
  return null;
}
