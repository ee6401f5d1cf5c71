import { canonicalJson } from "./canonical-json.ts";
import type { Capability, StorageMode } from "./vocabulary.ts";

export interface PlannedModule {
  plugin: string;
  version: string;
  codeDigest: string;
  config: Record<string, unknown>;
}

export interface ScanConfig {
  profile: string;
  capabilities: readonly Capability[];
  storageMode: StorageMode;
  modules: readonly PlannedModule[];
  /** Whose session is used; nothing of its secrets. Absent: nobody's. */
  authProfile?: { id: string; version: number } | undefined;
  /** Whose session it is compared with. Absent: nobody's. */
  comparisonAuthProfile?: { id: string; version: number } | undefined;
}

/** The text whose SHA-256 is a module run's config hash. */
export function moduleConfigText(config: Record<string, unknown>): string {
  return canonicalJson(config);
}

/**
 * The text whose SHA-256 is a scan's config hash: same plugins, versions, code and settings give the same text on any
 * machine, in whatever order they were listed; any difference gives another.
 */
export function scanConfigText(config: ScanConfig): string {
  const { profile, capabilities, storageMode, modules, authProfile, comparisonAuthProfile } = config;
  const planned = modules.map(({ plugin, version, codeDigest, config }) =>
    canonicalJson({ plugin, version, codeDigest, config }),
  );
  return canonicalJson({
    v: 1,
    profile,
    capabilities: [...new Set(capabilities)].sort(),
    storageMode,
    modules: planned.sort(),
    ...(authProfile && { authProfile: { id: authProfile.id, version: authProfile.version } }),
    ...(comparisonAuthProfile && {
      comparisonAuthProfile: { id: comparisonAuthProfile.id, version: comparisonAuthProfile.version },
    }),
  });
}
