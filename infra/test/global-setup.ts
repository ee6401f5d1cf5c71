import { startTestServices, type TestServices } from "./services.ts";

declare global {
  var picketTestServices: TestServices | undefined;
}

/** Jest runs this once before the first int or e2e test; its worker processes inherit the variables. */
export default async function globalSetup(): Promise<void> {
  const services = await startTestServices();
  globalThis.picketTestServices = services;
  Object.assign(process.env, services.environment);
}
