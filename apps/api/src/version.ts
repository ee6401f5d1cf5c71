import manifest from "../package.json" with { type: "json" };

/** Version of Picket, as scans record it. */
export const ENGINE_VERSION: string = manifest.version;
