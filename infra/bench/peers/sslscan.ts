import { scanLab } from "../../../packages/lab/test/scan-lab.ts";
import { outputOf } from "./peer.ts";
import { type XmlElement, xmlElements } from "./xml.ts";

/** One statement about a server, by each of the two. */
export interface TlsLine {
  what: string;
  sslscan: string;
  picket: string;
}

const VERSIONS = { "ssl 3": "SSLv3", "tls 1.0": "TLSv1", "tls 1.1": "TLSv1.1", "tls 1.3": "TLSv1.3" };
const WEAK = {
  "no encryption": /NULL/,
  "no authentication": /ADH|AECDH|_anon_/,
  "export grade": /EXP/,
  RC4: /RC4/,
  "DES or 3DES": /DES/,
};

const yesNo = (is: boolean) => (is ? "yes" : "no");

interface Picket {
  /** Types with the key of their root cause. */
  found: ReadonlySet<string>;
  isTls13: boolean;
}

async function picketOn(url: string): Promise<Picket> {
  const { runs } = await scanLab(`${url}/`, { only: "tls" });
  const result = runs.find(({ plugin }) => plugin.name === "tls")?.result;
  const found = result?.of("finding").map(({ type, rootCause }) => `${type} ${rootCause.key}`.trim()) ?? [];
  const isTls13 = result?.logs.some(({ fields }) => fields?.tls13 === true) ?? false;
  return { found: new Set(found), isTls13 };
}

function versionLines(elements: readonly XmlElement[], { found, isTls13 }: Picket): TlsLine[] {
  return Object.entries(VERSIONS).map(([name, version]) => {
    const [type = "", number = ""] = name.split(" ");
    const protocol = elements.find(
      (one) => one.name === "protocol" && one.attributes.type === type && one.attributes.version === number,
    );
    const isSpoken =
      version === "TLSv1.3"
        ? isTls13
        : found.has(`tls-old-protocol ${version}`) || found.has(`tls-sslv3 ${version}`);
    return { what: version, sslscan: yesNo(protocol?.attributes.enabled === "1"), picket: yesNo(isSpoken) };
  });
}

function suiteLines(elements: readonly XmlElement[], { found }: Picket): TlsLine[] {
  const ciphers = elements
    .filter(({ name }) => name === "cipher")
    .map(({ attributes }) => attributes.cipher ?? "");
  return Object.entries(WEAK).map(([what, pattern]) => ({
    what: `suites with ${what}`,
    sslscan: yesNo(ciphers.some((cipher) => pattern.test(cipher))),
    picket: yesNo(found.has(`tls-broken-cipher ${what}`) || found.has(`tls-weak-cipher ${what}`)),
  }));
}

function certificateLines(elements: readonly XmlElement[], { found }: Picket): TlsLine[] {
  const one = (name: string) => elements.find((element) => element.name === name);
  const bits = Number(one("pk")?.attributes.bits);
  const isWeakKey = one("pk")?.attributes.type === "RSA" && bits < 2_048;
  const names = `${one("altnames")?.text} ${one("subject")?.text}`;
  const says = [
    ["expired", one("expired")?.text.trim() === "true", "tls-certificate-expired"],
    ["signed by itself", one("self-signed")?.text.trim() === "true", "tls-certificate-self-signed"],
    ["names another host", !names.includes("127.0.0.1"), "tls-certificate-host-mismatch"],
    ["short key", isWeakKey, "tls-weak-key"],
    ["signed with SHA-1", /sha1/i.test(one("signature-algorithm")?.text ?? ""), "tls-weak-signature"],
  ] as const;
  return says.map(([what, is, type]) => ({
    what: `certificate ${what}`,
    sslscan: yesNo(is),
    picket: yesNo(found.has(type)),
  }));
}

/** What both say of a server, line by line. */
export async function compareTls(url: string): Promise<TlsLine[]> {
  const { host } = new URL(url);
  const elements = xmlElements(await outputOf("sslscan", ["--show-certificate", "--xml=-", host], 90));
  if (elements.length === 0) throw new Error(`sslscan said nothing of ${host}`);
  const seen = await picketOn(url);
  return [
    ...versionLines(elements, seen),
    ...suiteLines(elements, seen),
    ...certificateLines(elements, seen),
  ];
}

export async function sslscanVersion(): Promise<string> {
  return (await outputOf("sslscan", ["--version", "--no-colour"], 20)).trim().replace(/\s+/g, " ");
}
