import type { Plugin } from "@picket/plugin-sdk";
import { testPlugin } from "@picket/plugin-sdk/testing";
import { PLUGINS } from "../../packages/lab/test/scan-lab.ts";
import { atMost, type BenchRow, flags, runIfMain } from "./bench-row.ts";
import { seconds } from "./measure.ts";

/**
 * What texts that are made to be slow do to the plugins that read what a target answered: one piece, repeated to 128 KiB,
 * beside ordinary text of the same plugin, media type and length. Fails when one takes more than 50 times as long; what
 * takes the square of the text's length is above 300.
 *
 *     node infra/bench/hostile-bodies.ts [--only plugin]
 */

const BAR = 50;
/** A plugin that reads nothing of the kind is not held to its own nothing. */
const LEAST_S = 0.02;
const CHARACTERS = flags.quick ? 16_384 : 131_072;

const ORDINARY = {
  "text/html": '<p class="item"><a href="/item/17">Red tent</a> sleeps two, <b>in stock</b>.</p>\n',
  "application/javascript":
    'function show(id) { return fetch("/api/items/" + id).then((answer) => answer.json()); }\n',
  "application/json": '{"id":17,"name":"Red tent","href":"/item/17"}\n',
  "text/plain": "The red tent sleeps two and is in stock.\n",
};
type MediaType = keyof typeof ORDINARY;
const TYPES = Object.keys(ORDINARY) as MediaType[];
/** Beginnings of what the plugins look for, and what nests, opens without closing, or escapes. */
const PIECES = [
  ...[
    "<",
    "<a ",
    "<a b=",
    "</",
    "<!--",
    "<![CDATA[",
    "<div>",
    "<p><b>",
    "<table><tr><td>",
    "<script>",
    "<form>",
  ],
  ...[
    "<style>",
    "<input name=a>",
    "<svg><a>",
    "<a href=/x",
    "<a href='",
    "&amp;",
    "&#",
    '"',
    "'",
    "`",
    '\\"',
  ],
  ...[
    "${",
    "`${`",
    "{",
    "[",
    "((",
    '{"a":',
    '{"a":1,"b":',
    "[[",
    "[1,",
    "a",
    "0",
    "9.",
    " ",
    "\t",
    "\n",
    "\r\n",
  ],
  ...["=", "a=", ";", "/", "//", "/*", "../", "/a/", "/[", "http://a", "a@b.", "at a.b(", "\nat ", "\n#0 "],
  ...['File "', "eyJ", "eyJhbGciOiJIUzI1NiJ9.", "AKIA", "-----BEGIN ", "password=", "Bearer ", 'token:"'],
  ...[
    "sourceMappingURL=",
    "location=",
    "<?php ",
    "{{",
    "[redacted:",
    "192.168.",
    "C:\\",
    "/home/a/",
    "a.b.",
    "a-b-",
  ],
  ...[
    "x=function(){",
    "if(a){",
    "a=>",
    "a?b:",
    "a+",
    "1,",
    "fetch('",
    "$.ajax({url:'",
    "url(",
    "\u0000",
    "\ud800",
  ],
  ...["%25", "?a=", "#"],
];

const isReader = ({ name, stage }: Plugin) => stage === "inspect" || name === "crawl";

async function timeOf(plugin: Plugin, type: MediaType, piece: string): Promise<number> {
  const body = piece.repeat(Math.ceil(CHARACTERS / piece.length)).slice(0, CHARACTERS);
  const answer = { headers: { "content-type": type, "set-cookie": "sid=1" }, body };
  const settings = plugin.name === "crawl" ? { maxPages: 2, checkUsualPlaces: false } : {};
  return seconds(() =>
    testPlugin(plugin, { fetches: [{ url: "/x", ...answer }], respond: () => answer, settings }),
  );
}

interface Slowest {
  what: string;
  took: number;
  ordinary: number;
}

async function slowestOf(plugin: Plugin, type: MediaType): Promise<Slowest> {
  // Once before: the first one compiles what the others run.
  await timeOf(plugin, type, ORDINARY[type]);
  const ordinary = Math.max(LEAST_S, await timeOf(plugin, type, ORDINARY[type]));
  let slowest: Slowest = { what: "", took: 0, ordinary };
  for (const piece of PIECES) {
    const took = await timeOf(plugin, type, piece);
    if (took > slowest.took)
      slowest = { what: `${plugin.name} on ${JSON.stringify(piece)} as ${type}`, took, ordinary };
  }
  return slowest;
}

const times = ({ took, ordinary }: Slowest) => took / ordinary;

async function measure(): Promise<BenchRow[]> {
  const plugins = PLUGINS.filter((plugin) => isReader(plugin) && (flags.only ?? plugin.name) === plugin.name);
  const all: Slowest[] = [];
  for (const plugin of plugins) for (const type of TYPES) all.push(await slowestOf(plugin, type));
  const [worst] = all.toSorted((a, b) => times(b) - times(a));
  if (!worst) throw new Error(`there is no plugin ${flags.only} that reads`);
  return [
    atMost({
      id: "bodies",
      what: `text that is made to be slow, ${plugins.length} plugins`,
      figure: times(worst),
      unit: " times",
      atMost: BAR,
      against: `${worst.what}: ${worst.took.toFixed(2)} s, ordinary text ${worst.ordinary.toFixed(3)} s`,
    }),
  ];
}

await runIfMain(import.meta.url, measure);
