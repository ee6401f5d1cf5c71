export type TestServiceName = "OWNER_URL" | "APP_URL" | "REDIS_URL" | "S3_ENDPOINT";

/** Where the services of this test run are: set by the set-up of jest's `int` and `e2e` projects. */
export function testService(name: TestServiceName): string {
  const value = process.env[`PICKET_TEST_${name}`];
  if (!value)
    throw new Error(`PICKET_TEST_${name} is not set: name the file *.int.test.ts and put it under test/`);
  return value;
}
