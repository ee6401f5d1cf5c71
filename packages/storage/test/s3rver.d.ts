declare module "@20minutes/s3rver" {
  import type { AddressInfo } from "node:net";

  type S3rverOptions = {
    address: string;
    port: number;
    silent: boolean;
    directory: string;
    allowMismatchedSignatures: boolean;
  };

  class S3rver {
    constructor(options: S3rverOptions);
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
  // biome-ignore lint/style/noDefaultExport: describes a CommonJS module
  export default S3rver;
}
