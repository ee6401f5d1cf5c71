import { posix } from "node:path";

/** The system that the application runs on, as far as it can be read. */
const FILES: Readonly<Record<string, string>> = {
  "/srv/depot/texts/terms.txt": "All prices include shipping.\n",
  "/etc/passwd": `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
depot:x:1000:1000::/srv/depot:/bin/sh
`,
  "/etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
};

/** Null: there is no such file. `name` is followed wherever it leads. */
export function readText(name: string): string | null {
  return FILES[posix.resolve("/srv/depot/texts", name)] ?? null;
}
