import { createServer } from "node:net";

/** A TCP port on 127.0.0.1 that was free a moment ago; `preferred` when that one is. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once("error", () =>
      preferred === 0 ? reject(new Error("no free TCP port on 127.0.0.1")) : resolve(freePort()),
    );
    server.listen(preferred, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
