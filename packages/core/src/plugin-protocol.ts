/** Version of the messages between a plugin's process and the worker; both must speak the same. */
export const PLUGIN_PROTOCOL = 1;
